internal import Actions
public import MonitorConfig

extension Configuration {
    /// Throws if the command of a rule cannot be started here and now: all such rules at once.
    public func validateCommands() throws(ConfigurationError) {
        try validate(commands: { ProgramFault(of: $0)?.description })
    }
}
