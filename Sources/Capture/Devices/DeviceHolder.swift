internal import Foundation

/// The program that has a device open.
public struct DeviceHolder: Sendable, Hashable {
    public let pid: Int
    /// The name of the program; `nil` if that is hidden.
    public let program: String?

    public init(pid: Int, program: String?) {
        (self.pid, self.program) = (pid, program)
    }

    /// Whether it is the monitor.
    public var isMonitor: Bool { program == "monitord" }

    /// `monitord (4711)`
    public var description: String { (program ?? "a program") + " (\(pid))" }

    /// `nil` if nobody has it open, or if the kernel does not say: in many containers
    /// /proc/asound is missing.
    ///
    /// - Parameter processes: the proc file system
    init?(of device: SoundDeviceFolder.KernelDevice, processes: String = "/proc") {
        let folder = "\(processes)/asound/card\(device.card)/pcm\(device.device)c"
        let parts = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let owners = parts.sorted().filter { $0.hasPrefix("sub") }.compactMap { part in
            Self.field("owner_pid", in: "\(folder)/\(part)/status").flatMap { Int($0) }
        }
        guard let thread = owners.first else { return nil }
        // The kernel names the thread that opened the device.
        let status = "\(processes)/\(thread)/status"
        pid = Self.field("Tgid", in: status).flatMap { Int($0) } ?? thread
        program = Self.field("Name", in: "\(processes)/\(pid)/status")
    }

    /// The value in a line `name : value`.
    private static func field(_ name: String, in file: String) -> String? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }
}
