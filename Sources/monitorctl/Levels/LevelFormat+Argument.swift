public import ArgumentParser
public import Listings
public import NoiseReports
public import SoundTypes
public import Timekeeping

/// The value of `levels --format`.
extension LevelFormat: ExpressibleByArgument {}

/// The value of `levels --every`.
extension CalendarStep: ExpressibleByArgument {}

/// The value of `report --format`.
extension ReportFormat: ExpressibleByArgument {}

/// The value of `--sensitivity`.
extension Sensitivity: ExpressibleByArgument {}
