import Foundation
import TestSupport
import Testing

/// A monitor that listens to a device locks its memory, or says that it may not.
@Suite struct MemoryLockTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    private func lockedKilobytes(of process: RunningProcess) throws -> Int {
        let path = "/proc/\(process.processIdentifier)/status"
        let status = try String(contentsOfFile: path, encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
        return try #require(Int(line.split(separator: " ", omittingEmptySubsequences: true)[1]))
    }

    @Test func theMemoryIsLockedOrTheLogSaysSo() async throws {
        let process = try place.listen(
            to: Scene.silence(seconds: 5), environment: TestMicrophone.environment)
        try await waitUntil("it has been locked or refused") {
            let log = try process.standardError()
            return try lockedKilobytes(of: process) > 0 || log.contains("paged out")
        }
        let locked = try lockedKilobytes(of: process)
        process.send(SIGTERM)
        let ended = try await process.wait(within: .hang)
        #expect(ended.status == 0)
        let isRefused = ended.standardError.contains("its memory may be paged out: ")
        #expect(isRefused == (locked == 0), "\(locked) kB, \(ended.standardError)")
    }

    /// Nothing is lost while a recording waits.
    @Test func aRecordingNeedsNone() async throws {
        let path = try place.recording("sound.wav", Scene.silence(seconds: 300))
        let process = try place.start(place.configured(["--source", "file:" + path]))
        try await waitUntil("it listens") {
            try process.standardError().contains("listening at")
        }
        #expect(try lockedKilobytes(of: process) == 0)
        process.send(SIGTERM)
        let ended = try await process.wait(within: .hang)
        #expect(!ended.standardError.contains("paged out"))
    }
}
