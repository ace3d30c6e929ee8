internal import ArgumentParser
internal import Database
internal import EventStore
internal import Foundation
internal import Glibc
internal import HostSystem
internal import MonitorConfig
internal import Timekeeping

/// `monitorctl reload`: the monitor reads its configuration again.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Let the running monitor read its configuration again.",
        discussion: """
            The file is checked first; if it has faults they are listed, and nothing happens. Then \
            the monitor that writes to the database gets SIGHUP, and its answer is printed: what \
            has changed, or why it goes on with the old configuration. It takes the right to \
            signal the monitor: that of root or of its user.

            Examples:
              sudo monitorctl reload
              monitorctl reload --config ~/monitord.yaml --database ~/events.db

            Exit codes: 0 accepted, 69 no monitor runs, 75 it did not answer within 10 s, 78 the \
            configuration was refused.
            """)

    private static let patienceSeconds = 10
    private static let interval = Duration.milliseconds(100)

    @Option(
        help: ArgumentHelp(
            """
            The configuration that the monitor was started with (default: \
            \(Configuration.standardPath)).
            """, valueName: "path"))
    var config: String?

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let file = config ?? Configuration.standardPath
        if config != nil || FileManager.default.fileExists(atPath: file) {
            _ = try Configuration.load(path: file)
        }
        // The reader is gone before the lock is looked at.
        let path = try EventReader(path: database.path(configuration: file)).path
        let pid = try monitor(path)
        guard !Self.readsTerminal(pid) else { throw ReloadError.inTerminal(pid: pid) }
        let reader = try EventReader(path: path)
        let last = try reader.lastReload()?.id ?? 0
        guard kill(pid, SIGHUP) == 0 else {
            throw errno == ESRCH
                ? ReloadError.notRunning(path: path)
                : ReloadError.cannotSignal(pid: pid, reason: systemMessage(errno))
        }
        let answer = try answer(reader, after: last, pid: pid)
        guard answer.isAccepted else { throw ReloadError.refused(answer.message) }
        try StandardStream.output.write(printableLines(answer.message) + "\n")
    }

    /// The process that writes to the database.
    private func monitor(_ path: String) throws -> Int32 {
        let holder: Int32?
        do throws(SystemError) {
            holder = try WriterLock.holder(of: path)
        } catch {
            throw ReloadError.unknownMonitor(path: path, reason: error.message)
        }
        guard let holder else { throw ReloadError.notRunning(path: path) }
        return holder
    }

    /// Whether the signal would end the monitor: it does when a terminal is closed.
    private static func readsTerminal(_ pid: Int32) -> Bool {
        do {
            let input = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(pid)/fd/0")
            return ["/dev/pts/", "/dev/tty", "/dev/console"].contains { input.hasPrefix($0) }
        } catch {
            // Who may not look may not signal it either.
            return false
        }
    }

    private func answer(
        _ reader: EventReader, after last: Int64, pid: Int32
    ) throws -> ConfigurationReload {
        let deadline = ContinuousClock.now + .seconds(Self.patienceSeconds)
        while ContinuousClock.now < deadline {
            if let reload = try reader.lastReload(), reload.id > last { return reload }
            MonotonicClock.sleep(for: Self.interval)
        }
        throw ReloadError.noAnswer(pid: pid, seconds: Self.patienceSeconds)
    }
}

/// Why a configuration was not read again.
enum ReloadError: ExitStatusProviding {
    case notRunning(path: String)
    /// Which process it is cannot be found out.
    case unknownMonitor(path: String, reason: String)
    case cannotSignal(pid: Int32, reason: String)
    /// It was started by hand, and the signal means that the terminal was closed.
    case inTerminal(pid: Int32)
    case noAnswer(pid: Int32, seconds: Int)
    /// The monitor goes on with the old configuration.
    case refused(String)

    var exitStatus: ExitStatus {
        switch self {
        case .notRunning, .unknownMonitor, .cannotSignal, .inTerminal: .unavailable
        case .noAnswer: .temporary
        case .refused: .configuration
        }
    }

    var description: String {
        switch self {
        case .notRunning(let path):
            "no monitor writes to \(path); it reads its configuration when it starts"
        case .unknownMonitor(let path, let reason):
            "cannot find the monitor of \(path): \(reason); try as root or as its user"
        case .cannotSignal(let pid, let reason):
            "cannot signal the monitor, process \(pid): \(reason); try as root or as its user"
        case .inTerminal(let pid):
            "the monitor, process \(pid), reads from a terminal, whose end SIGHUP would mean; end "
                + "it with Ctrl-C and start it again"
        case .noAnswer(let pid, let seconds):
            "the monitor, process \(pid), did not answer within \(seconds) s; its log may say why"
        case .refused(let message): message
        }
    }
}
