/// Why a command was not started. The message goes into the ledger as the output of the run.
enum HookError: Error {
    /// The rule has no command. Give it one.
    case emptyCommand
    /// An argument contains a NUL, which would cut it short. Remove it.
    case nulInCommand
    /// The event does not fit the pipe to the command. Shorten its names.
    case inputTooLong(bytes: Int)
}

extension HookError: CustomStringConvertible {
    var description: String {
        switch self {
        case .emptyCommand: "the command is empty"
        case .nulInCommand: "the command holds a NUL character"
        case .inputTooLong(let bytes):
            "the event takes \(bytes) bytes, more than a pipe holds"
        }
    }
}
