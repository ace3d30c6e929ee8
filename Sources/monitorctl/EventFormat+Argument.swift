public import ArgumentParser
public import Listings

/// The value of `--format`.
extension EventFormat: ExpressibleByArgument {}
