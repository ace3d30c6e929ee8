public import ArgumentParser
public import Reports

/// The value of `--format`.
extension EventFormat: ExpressibleByArgument {}
