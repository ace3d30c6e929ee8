internal import HostSystem

/// Why an action was not started. The message goes into the ledger as the output of the run.
public enum HookError: Error, Equatable {
    /// The rule has no command. Give it one.
    case emptyCommand
    /// An argument contains a NUL, which would cut it short. Remove it.
    case nulInCommand
    /// What is stored of the alert is damaged: the row of the run in the database.
    case unreadableInput
    /// Only http and https can be posted to. Mend `webhook`.
    case unusableURL(String)
    /// It would begin another header field, or is none. Mend `headers`.
    case unusableHeader(String)
    /// The key of the signature. Mend `secret_file`, or the file.
    case unreadableSecret(path: String, reason: String)
    case emptySecret(path: String)
    case longSecret(path: String, limit: Int)
    /// libcurl cannot be set up; there is no memory.
    case transfer(String)
}

extension HookError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .emptyCommand: "the command is empty"
        case .nulInCommand: "the command holds a NUL character"
        case .unreadableInput: "what the database has of the alert cannot be read"
        case .unusableURL(let url):
            "\(printable(url)) is no address that begins with http:// or https://, without spaces "
                + "and control characters"
        case .unusableHeader(let name):
            "the header field \(printable(name)) has a name or a value that HTTP does not allow"
        case .unreadableSecret(let path, let reason):
            "the secret file \(path) cannot be read: \(reason)"
        case .emptySecret(let path): "the secret file \(path) is empty"
        case .longSecret(let path, let limit):
            "the secret file \(path) has more than \(limit) bytes"
        case .transfer(let reason): "the request cannot be set up: \(reason)"
        }
    }
}
