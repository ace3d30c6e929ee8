public import HostSystem

/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationError: ExitStatusProviding, Hashable {
    public var exitStatus: ExitStatus { .configuration }

    /// At least one.
    public let faults: [ConfigurationFault]

    init(_ faults: [ConfigurationFault]) {
        self.faults = faults.sorted {
            ($0.line ?? 0, $0.column ?? 0, $0.message) < ($1.line ?? 0, $1.column ?? 0, $1.message)
        }
    }
}

extension ConfigurationError {
    /// One line per fault.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}

/// One thing that is wrong, and where. The message says what is accepted.
public struct ConfigurationFault: Sendable, Hashable {
    public let file: String
    /// From 1; `nil` if the fault concerns the file as a whole.
    public let line: Int?
    /// From 1, in Unicode scalars; `nil` together with `line`.
    public let column: Int?
    public let message: String

    init(file: String, at position: Position?, _ message: String) {
        self.file = file
        line = position?.line
        column = position?.column
        self.message = message
    }
}

extension ConfigurationFault: CustomStringConvertible {
    /// `file:line:column: message`, the form that editors and compilers use.
    public var description: String {
        guard let line, let column else { return "\(file): \(message)" }
        return "\(file):\(line):\(column): \(message)"
    }
}

/// A place in the file; both count from 1.
struct Position: Sendable, Hashable {
    let line: Int
    let column: Int
}
