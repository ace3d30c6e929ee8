import Foundation
import Glibc

/// A child process. Its output goes to files, so that a full pipe never holds it up, and it starts
/// with no signal blocked or ignored. (Foundation's `Process` passes on the signal mask of the
/// thread that starts it, and Dispatch threads block SIGTERM.)
public final class RunningProcess {
    /// What a finished process left behind.
    public struct Output: Sendable {
        /// The exit code; `nil` if a signal ended the process.
        public let status: Int32?
        /// The signal that ended the process.
        public let signal: Int32?
        public let standardOutput: String
        public let standardError: String
    }

    public let processIdentifier: Int32
    private let directory: TemporaryDirectory
    private var isRunning = true

    /// Starts a program; `command` is its path and its arguments. `environment` is added to that
    /// of the tests.
    public init(
        _ command: [String], environment: [String: String] = [:],
        standardInput: String = "/dev/null"
    ) throws {
        directory = try TemporaryDirectory()
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        processIdentifier = try spawn(
            command, environment: variables.map { "\($0.key)=\($0.value)" },
            standardInput: standardInput, standardOutput: directory.path("stdout"),
            standardError: directory.path("stderr"))
    }

    deinit {
        guard isRunning else { return }
        Glibc.kill(processIdentifier, SIGKILL)
        waitpid(processIdentifier, nil, 0)
    }

    /// What the process has written to standard output so far.
    public func standardOutput() throws -> String {
        try String(contentsOfFile: directory.path("stdout"), encoding: .utf8)
    }

    /// What the process has written to standard error so far.
    public func standardError() throws -> String {
        try String(contentsOfFile: directory.path("stderr"), encoding: .utf8)
    }

    /// Sends a signal.
    public func send(_ signal: Int32) {
        Glibc.kill(processIdentifier, signal)
    }

    /// Waits for the end of the process. Call it once.
    public func wait() throws -> Output {
        var status: Int32 = 0
        while try !collect(&status, options: 0) {}
        return try output(status)
    }

    /// Waits for the end of the process without holding up a thread. Call it once. A process that
    /// takes longer than `limit` is killed, and its output is in the error.
    public func wait(within limit: Duration) async throws -> Output {
        var status: Int32 = 0
        let deadline = ContinuousClock.now + limit
        while try !collect(&status, options: WNOHANG) {
            guard ContinuousClock.now < deadline else {
                send(SIGKILL)
                let output = try wait()
                throw TestSupportError("still running after \(limit): \(output)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try output(status)
    }

    /// Asks for the status of the process; false if it is still running.
    private func collect(_ status: inout Int32, options: Int32) throws -> Bool {
        switch waitpid(processIdentifier, &status, options) {
        case processIdentifier:
            isRunning = false
            return true
        case -1 where errno != EINTR:
            throw POSIXError(.init(rawValue: errno) ?? .ECHILD)
        default:
            return false
        }
    }

    private func output(_ status: Int32) throws -> Output {
        // wait(2): the low seven bits are the signal, the next byte the exit code.
        let signal = status & 0x7F
        return Output(
            status: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
            standardOutput: try standardOutput(), standardError: try standardError())
    }
}

private func spawn(
    _ command: [String], environment: [String], standardInput: String, standardOutput: String,
    standardError: String
) throws -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    let output = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, standardInput, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, standardOutput, output, 0o644)
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, standardError, output, 0o644)

    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var identifier: Int32 = 0
    let code = posix_spawn(
        &identifier, command[0], &files, &attributes, &arguments, &variables)
    guard code == 0 else { throw POSIXError(.init(rawValue: code) ?? .EINVAL) }
    return identifier
}
