/// What a rule runs. The event never becomes part of it: the command receives the event in its
/// environment and on its standard input.
public enum HookCommand: Sendable, Hashable {
    /// A program and its arguments, started without a shell. The program is an absolute path, or a
    /// name looked up in `PATH`.
    case arguments([String])
    /// A command line for `/bin/sh -c`.
    case shell(String)
}
