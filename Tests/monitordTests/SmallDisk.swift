import Foundation
import TestSupport

/// A file system of one megabyte that can be filled up. It lives in a mount namespace of its own,
/// so nothing is left of it once the last process in the namespace has ended.
final class SmallDisk {
    private static let enter = "/usr/bin/nsenter"
    /// Without root the namespace needs users of its own, which not every system allows.
    private static let unshare =
        ["/usr/bin/unshare", "--mount"] + (geteuid() == 0 ? [] : ["--user", "--map-root-user"])

    /// Whether this system and this user can have one.
    static let isAvailable: Bool = {
        do {
            let test = try RunningProcess(unshare + ["/bin/mount", "-t", "tmpfs", "none", "/mnt"])
            return try test.wait().status == 0
        } catch {
            return false
        }
    }()

    private let directory: TemporaryDirectory
    private let holder: RunningProcess

    init() async throws {
        directory = try TemporaryDirectory()
        holder = try RunningProcess(
            Self.unshare + [
                "/bin/sh", "-c",
                "mount -t tmpfs -o size=1m none \"$0\" && echo ready && exec sleep 600",
                directory.url.path,
            ])
        try await waitUntil("the disk is mounted") { try holder.standardOutput() == "ready\n" }
    }

    /// The path of a file, for processes in the namespace.
    func path(_ name: String) -> String { directory.path(name) }

    /// The path of the same file, for all others.
    func outsidePath(_ name: String) -> String {
        "/proc/\(holder.processIdentifier)/root" + directory.path(name)
    }

    /// Starts a program that sees the disk.
    func start(_ command: [String]) throws -> RunningProcess {
        let users = geteuid() == 0 ? [] : ["--user", "--preserve-credentials"]
        return try RunningProcess(
            [Self.enter, "--target", "\(holder.processIdentifier)", "--mount"] + users + ["--"]
                + command)
    }

    /// Takes up all the room there is.
    func fill() async throws {
        let copy = try start(["/bin/dd", "if=/dev/zero", "of=" + path("filler"), "bs=4096"])
        let output = try await copy.wait(within: .hang)
        guard output.standardError.contains("No space left on device") else {
            throw TestSupportError("the disk is not full: \(output)")
        }
    }

    func makeRoom() throws {
        try FileManager.default.removeItem(atPath: outsidePath("filler"))
    }
}
