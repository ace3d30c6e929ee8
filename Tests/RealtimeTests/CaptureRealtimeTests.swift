import CRealtimeGuard
import Foundation
import SampleRing
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

/// A source that watches the thread reading it, from the first read to the end: everything the
/// capture loop and the source do in between is counted.
private final class WatchedSource: CaptureSource {
    struct Counts: Sendable, Equatable {
        var allocations: Int64
        var locks: Int64
        var reads: Int
    }

    private let inner: any CaptureSource
    private let duringRead: (Int) -> Void
    private let length: Int
    private let report: @Sendable (Counts) -> Void
    private var reads = 0

    /// - Parameters:
    ///   - length: how many reads to watch; then the source says that it has ended.
    ///   - duringRead: runs before each read, with its number.
    init(
        _ inner: any CaptureSource, reads length: Int,
        duringRead: @escaping (Int) -> Void = { _ in },
        report: @escaping @Sendable (Counts) -> Void
    ) {
        self.inner = inner
        self.length = length
        self.duringRead = duringRead
        self.report = report
    }

    var sampleRate: SampleRate { inner.sampleRate }
    var isLive: Bool { inner.isLive }
    var health: CaptureHealth { inner.health }

    func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        if reads == 0 { realtime_guard_arm() }
        if reads == length {
            realtime_guard_disarm()
            report(
                Counts(
                    allocations: realtime_guard_allocations(), locks: realtime_guard_locks(),
                    reads: reads))
            return .endOfStream
        }
        reads += 1
        duringRead(reads)
        return inner.read(into: buffer)
    }

    func describe(_ fault: CaptureFault) -> CaptureError { inner.describe(fault) }
    func close() { inner.close() }
}

/// Why tests of the real-time threads are left out.
let realtimeGuardReason: Comment = "under a sanitizer nobody counts allocations and locks"

/// Where a watched source leaves its counts.
private final class Box: @unchecked Sendable {
    // Written by the capture thread before it ends, read after it has been joined.
    var counts: WatchedSource.Counts?
}

/// The capture thread, its loop, `ALSASource`, libasound and the test microphone together.
///
/// Under the address and thread sanitizers the guard counts nothing, and these tests are skipped.
@Suite(.serialized, .enabled(if: realtime_guard_is_active(), realtimeGuardReason))
struct CaptureRealtimeTests {
    /// Watches so many reads. On an idle machine each takes the 10 ms of a period.
    private func watch(
        reads: Int, _ condition: TestMicrophone.Condition = .ok,
        duringRead: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> (counts: WatchedSource.Counts, control: CaptureControl) {
        let frames = (0..<24_000).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let microphone = try TestMicrophone(
            frames: frames + frames, formats: ["S16_LE"], channels: [2])
        try microphone.set(condition)
        let box = Box()
        let source = WatchedSource(
            try ALSASource(device: microphone.deviceName, channel: 2), reads: reads,
            duringRead: duringRead, report: { box.counts = $0 })
        let thread = try CaptureThread(
            name: "watched", source: source, ring: SampleRing(capacity: 1 << 18))
        #expect(thread.join() == .endOfStream)
        return (try #require(box.counts), thread.control)
    }

    @Test func captureNeitherAllocatesNorLocks() throws {
        let (counts, control) = try watch(reads: 200)
        #expect(counts.allocations == 0)
        #expect(counts.locks == 0)
        #expect(counts.reads == 200)
        #expect(control.samplesCaptured > 40_000)
        #expect(control.gaps == 0)
    }

    /// A late thread must not make itself later.
    @Test func recoveryFromAnOverrunNeitherAllocatesNorLocks() throws {
        let (counts, control) = try watch(reads: 100, .hurried) { read in
            if read == 10 { MonotonicClock.sleep(for: .milliseconds(700)) }
        }
        #expect(control.gaps >= 1)
        #expect(control.samplesMissed > 30_000)
        #expect(counts.allocations == 0)
        #expect(counts.locks == 0)
    }

    // Without these two, a guard that counts nothing would look like a capture that does nothing.

    @Test func anAllocationIsCounted() throws {
        let kept = Kept()
        let (counts, _) = try watch(reads: 20) { read in
            if read == 3 { kept.store(Array(repeating: Float(read), count: 1000)) }
        }
        #expect(counts.allocations >= 1)
    }

    @Test func aLockIsCounted() throws {
        let lock = NSLock()
        let (counts, _) = try watch(reads: 20) { read in
            if read == 3 {
                lock.lock()
                lock.unlock()
            }
        }
        #expect(counts.locks >= 1)
    }

    /// Keeps an array from being optimised away.
    private final class Kept: @unchecked Sendable {
        // Used by the capture thread alone.
        private var array: [Float] = []
        func store(_ array: [Float]) { self.array = array }
    }

    /// Each function the guard replaces, on this thread, counted once and working.
    @Test func everyReplacedFunctionIsCounted() throws {
        var aligned: UnsafeMutableRawPointer?
        realtime_guard_arm()
        let first = malloc(100)
        let second = calloc(10, 10)
        let third = realloc(first, 200)
        let code = posix_memalign(&aligned, 64, 100)
        let fourth = aligned_alloc(64, 128)
        let taken = realtime_guard_allocations()
        // The system refuses these calls, but it is given the blocks, so the optimiser has to keep
        // them.
        let refused = [read(-1, second, 1), read(-1, third, 1), read(-1, fourth, 1)]
        free(second)
        free(third)
        free(fourth)
        free(aligned)
        realtime_guard_disarm()
        let all = realtime_guard_allocations()
        #expect(taken == 5)
        #expect(all >= 9)
        #expect(refused == [-1, -1, -1])
        #expect(code == 0 && third != nil && fourth != nil && second != nil)
        #expect(Int(bitPattern: aligned) % 64 == 0)
        let unarmed = strdup("text")
        #expect(realtime_guard_allocations() == all, "not armed")
        free(unarmed)
    }
}
