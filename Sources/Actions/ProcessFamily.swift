internal import FoundationEssentials
internal import Glibc
internal import Synchronization
internal import Timekeeping

/// The environment variable by which what a command started is recognised, in whatever session,
/// group and place among the processes it is by then.
struct ProcessMark: Sendable {
    static let name = "MONITORD_RUN"
    private static let last = Atomic<Int>(0)

    /// No two commands that run at the same time have the same.
    let value = "\(getpid()).\(last.wrappingAdd(1, ordering: .relaxed).newValue)"

    /// Whether a process was started with this mark; false for one that may not be looked into.
    func isBorne(by process: pid_t) -> Bool {
        let mark = Array("\(Self.name)=\(value)".utf8)
        return FileManager.default.contents(atPath: "/proc/\(process)/environ")?
            .split(separator: 0).contains { $0.elementsEqual(mark) } ?? false
    }
}

/// A command and everything that it started: its process group, its session, the descendants that
/// have left both, and the orphans among them, which the mark in their environment gives away.
/// Only a process that has cleared its environment, left the session, and lost its parent, escapes.
///
/// Valid until the command is reaped: until then its process id cannot be reused.
struct ProcessFamily: Sendable {
    let leader: pid_t
    let mark: ProcessMark

    private static let pollInterval = Duration.milliseconds(20)
    /// How often SIGKILL is sent: a process may fork just before it is killed.
    private static let killRounds = 10

    /// Whether the leader has ended. Does not reap it.
    var hasLeaderEnded: Bool {
        // SAFETY: the pointer is valid throughout the call; the record is written, never followed.
        var info = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(leader), &info, WEXITED | WNOHANG | WNOWAIT)
        // POSIX waitid: with WNOHANG and nothing to report, si_signo is 0.
        return unsafe result == -1 && errno == ECHILD || info.si_signo == SIGCHLD
    }

    /// Asks all processes to end, and kills those that have not after `patience`.
    func terminate(patience: Duration) async {
        send(SIGTERM)
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while clock.now < deadline, !members.isEmpty {
            if await !pause(Self.pollInterval) { break }
        }
        for _ in 0..<Self.killRounds {
            send(SIGKILL)
            guard !members.isEmpty, await pause(Self.pollInterval) else { return }
        }
    }

    private func send(_ signal: Int32) {
        let members = members
        _ = killpg(leader, signal)
        for member in members { _ = kill(member, signal) }
    }

    /// Those that are alive, as far as `/proc` shows. The dead, waiting to be reaped, do not count.
    private var members: [pid_t] {
        let all = Process.all()
        guard let begun = all.first(where: { $0.id == leader })?.start else { return [] }
        // A descendant is no older than the leader.
        let candidates = all.filter { $0.start >= begun && $0.id != getpid() }
        var family = Set([leader])
        var (before, isFirst) = (0, true)
        while family.count > before {
            before = family.count
            for process in candidates where !family.contains(process.id) {
                let belongs =
                    process.group == leader || process.session == leader
                    || family.contains(process.parent) || isFirst && mark.isBorne(by: process.id)
                if belongs { family.insert(process.id) }
            }
            isFirst = false
        }
        return candidates.filter { family.contains($0.id) && $0.isAlive }.map(\.id)
    }
}

/// A line of /proc/PID/stat: proc(5).
private struct Process {
    let id: pid_t
    let parent: pid_t
    let group: pid_t
    let session: pid_t
    let isAlive: Bool
    /// In clock ticks since the machine started.
    let start: UInt64

    static func all() -> [Process] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: "/proc")
                .compactMap { pid_t($0).flatMap(Process.init) }
        } catch {
            return []
        }
    }

    /// `nil` if it has ended.
    init?(_ id: pid_t) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else {
            return nil
        }
        // pid (name) state parent group session ...; the name may contain anything, so look after
        // the last parenthesis.
        let text = String(decoding: data, as: UTF8.self)
        guard let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 20, let parent = pid_t(fields[2]), let group = pid_t(fields[3]),
            let session = pid_t(fields[4]), let start = UInt64(fields[20])
        else { return nil }
        self.id = id
        self.parent = parent
        self.group = group
        self.session = session
        self.start = start
        isAlive = fields[1] != "Z" && fields[1] != "X"
    }
}
