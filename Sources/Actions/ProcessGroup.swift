internal import FoundationEssentials
internal import Glibc
internal import Timekeeping

/// The process group of a command, led by the command itself.
///
/// Valid until the command is reaped: until then its process id cannot be reused.
struct ProcessGroup: Sendable {
    let leader: pid_t

    /// Whether the leader has ended. Does not reap it.
    var hasLeaderEnded: Bool {
        // SAFETY: the pointer is valid throughout the call; the record is written, never followed.
        var info = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(leader), &info, WEXITED | WNOHANG | WNOWAIT)
        // POSIX waitid: with WNOHANG and nothing to report, si_signo is 0.
        return unsafe result == -1 && errno == ECHILD || info.si_signo == SIGCHLD
    }

    /// Sends a signal to every process of the group. A group that is gone needs no signal.
    func send(_ signal: Int32) {
        _ = killpg(leader, signal)
    }

    /// Asks all processes of the group to end, and kills those that have not after `patience`.
    func terminate(patience: Duration) async {
        send(SIGTERM)
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while clock.now < deadline, !(hasLeaderEnded && !hasLivingMembers) {
            if await !pause(.milliseconds(20)) { break }
        }
        send(SIGKILL)
    }

    /// Whether any process of the group is alive, as far as `/proc` shows; the dead leader, waiting
    /// to be reaped, does not count.
    private var hasLivingMembers: Bool {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        } catch {
            return true  // Unknown: allow them the time.
        }
        return names.contains { pid_t($0) != nil && isLivingMember($0) }
    }

    private func isLivingMember(_ process: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
            return false  // It has ended since the directory was read.
        }
        // proc(5): pid (name) state parent group ...; the name may contain anything, so look after
        // the last parenthesis.
        let text = String(decoding: data, as: UTF8.self)
        guard let name = text.lastIndex(of: ")") else { return false }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 3 else { return false }
        return pid_t(fields[3]) == leader && fields[1] != "Z" && fields[1] != "X"
    }
}
