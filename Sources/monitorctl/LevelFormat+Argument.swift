public import ArgumentParser
public import Reports

/// The value of `levels --format`.
extension LevelFormat: ExpressibleByArgument {}

/// The value of `levels --every`.
extension LevelStep: ExpressibleByArgument {}

/// The value of `report --format`.
extension ReportFormat: ExpressibleByArgument {}
