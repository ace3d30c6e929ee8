/// The exit codes of the programs, after sysexits(3). `docs/exit-codes.md` explains them to users.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case ok = 0
    /// The command line is wrong.
    case usage = 64
    /// An input is not what it should be: damaged, from another program, or from a newer version.
    case badData = 65
    /// An input does not exist or cannot be read.
    case noInput = 66
    /// A device cannot be used.
    case unavailable = 69
    /// A fault of the program itself.
    case software = 70
    /// An output cannot be created.
    case cannotCreate = 73
    /// Reading or writing failed, including because of a full disk.
    case inputOutput = 74
    /// Something else has it at the moment; try again later.
    case temporary = 75
    /// The configuration is wrong.
    case configuration = 78
}

/// An error that knows the exit code it ends a program with. Its description is one line for
/// people.
public protocol ExitStatusProviding: Error, CustomStringConvertible {
    var exitStatus: ExitStatus { get }
}
