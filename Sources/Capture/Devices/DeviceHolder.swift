internal import Foundation
internal import HostSystem

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
        let device = "\(processes)/asound/card\(device.card)/pcm\(device.device)c"
        let owners = (0..<Self.mostSubstreams).lazy.compactMap { number in
            Self.field("owner_pid", in: "\(device)/sub\(number)/status").flatMap { Int($0) }
        }
        guard let thread = owners.first else { return nil }
        // The kernel names the thread that opened the device.
        pid = Self.field("Tgid", in: "\(processes)/\(thread)/status").flatMap { Int($0) } ?? thread
        program = Self.field("Name", in: "\(processes)/\(pid)/status")
    }

    /// No capture device has more of them.
    private static let mostSubstreams = 8
    /// Longer than any of these files.
    private static let statusBytes = 16_384

    /// The value in a line `name : value`; `nil` also of a file that the kernel does not show to
    /// this user, or no longer: then the holder is not known, which is no fault.
    private static func field(_ name: String, in file: String) -> String? {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try readStart(of: file, length: statusBytes)
        } catch {
            return nil
        }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }
}
