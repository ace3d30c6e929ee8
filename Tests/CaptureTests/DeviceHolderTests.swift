import Foundation
import TestSupport
import Testing

@testable import Capture

/// The files of the proc file system as the kernel writes them.
@Suite struct DeviceHolderTests {
    private let processes: TemporaryDirectory

    init() throws {
        processes = try TemporaryDirectory()
    }

    private func write(_ text: String, to file: String) throws {
        let url = processes.url.appending(path: file)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private var holder: DeviceHolder? {
        DeviceHolder(of: .init(card: 1, device: 0), processes: processes.url.path)
    }

    @Test func theProgramOfTheThreadIsNamed() throws {
        try write(
            "state: RUNNING\nowner_pid   : 4712\ntrigger_time: 1.2\n",
            to: "asound/card1/pcm0c/sub0/status")
        #expect(holder == DeviceHolder(pid: 4_712, program: nil), "hidden from other users")
        try write("Name:\tcapture\nTgid:\t4711\n", to: "4712/status")
        try write("Name:\tmonitord\nTgid:\t4711\n", to: "4711/status")
        #expect(holder == DeviceHolder(pid: 4_711, program: "monitord"))
        #expect(holder?.isMonitor == true)
    }

    @Test func nobodyHoldsADeviceThatIsClosed() throws {
        #expect(holder == nil)
        try write("closed\n", to: "asound/card1/pcm0c/sub0/status")
        #expect(holder == nil)
    }
}
