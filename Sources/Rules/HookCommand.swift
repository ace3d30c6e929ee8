/// A command and its surroundings. The alert never becomes part of it: the command receives the
/// alert in its environment and on its standard input.
public struct HookCommand: Sendable, Hashable {
    public enum Line: Sendable, Hashable {
        /// A program and its arguments, started without a shell. The program is an absolute path,
        /// or a name looked up in `PATH`.
        case arguments([String])
        /// A command line for `/bin/sh -c`.
        case shell(String)
    }

    public var line: Line
    /// Where it is started; `nil`: where the monitor was.
    public var directory: String?
    /// The names of the variables it gets of the monitor's environment, besides those of the alert;
    /// `nil`: all but those meant for the monitor alone.
    public var environment: Set<String>?

    public init(
        _ line: Line, directory: String? = nil, environment: Set<String>? = nil
    ) {
        self.line = line
        self.directory = directory
        self.environment = environment
    }
}
