internal import SampleRing
internal import Timekeeping

/// Why a capture ended.
public enum CaptureEnding: Sendable, Hashable {
    /// It was asked to stop.
    case stopped
    /// The source had no more.
    case endOfStream
    case failed(CaptureError)
}

/// Carries samples, gaps and times from a source into a ring until there are no more or it is asked
/// to stop. This is what the capture thread runs.
///
/// From the first read to the last it neither allocates nor locks, provided the source does not.
/// Buffers are sliced by pointer and count, because the first use of a generic slice makes the
/// Swift runtime allocate.
@safe final class CaptureLoop {
    private static let samplesPerRead = 4096

    private let source: any CaptureSource
    private let ring: SampleRing
    private let control: CaptureControl
    private let buffer: UnsafeMutableBufferPointer<Float>  // [samplesPerRead]
    /// Samples until the next time tag, about a second apart; a gap makes one due at once.
    private var samplesUntilTag = 0

    init(source: any CaptureSource, ring: SampleRing, control: CaptureControl) {
        self.source = source
        self.ring = ring
        self.control = control
        // SAFETY: freed in deinit only.
        unsafe buffer = .allocate(capacity: Self.samplesPerRead)
        unsafe buffer.initialize(repeating: 0)
    }

    deinit {
        // SAFETY: nobody else has the address.
        unsafe buffer.deallocate()
    }

    /// Runs to the end, finishes the ring and closes the source.
    func run() -> CaptureEnding {
        let ending = carry()
        ring.finish()
        defer { source.close() }
        switch ending {
        case .stopped: return .stopped
        case .endOfStream: return .endOfStream
        case .failed(let fault): return .failed(source.describe(fault))
        }
    }

    private enum Outcome {
        case stopped
        case endOfStream
        case failed(CaptureFault)
    }

    private func carry() -> Outcome {
        while !control.isStopRequested {
            // SAFETY: the buffer lives as long as this object.
            switch unsafe source.read(into: buffer) {
            case .samples(let count, let time): store(count, time)
            case .gap(let lostSamples, let cause):
                if !source.isLive, !wait(until: { ring.canTag }) { return .stopped }
                control.countGap(missedSamples: lostSamples)
                ring.tagGap(lostSamples: lostSamples, cause: cause)
                samplesUntilTag = 0
            case .idle: control.countIdle()
            case .endOfStream: return .endOfStream
            case .failed(let fault): return .failed(fault)
            }
        }
        return .stopped
    }

    private func store(_ count: Int, _ timeNanoseconds: Int64?) {
        control.countCaptured(count)
        if !source.isLive, !waitForRoom() { return control.countOverflowed(count) }
        tagTime(timeNanoseconds, before: count)
        // SAFETY: the source has filled the first `count` samples.
        let block = unsafe UnsafeBufferPointer(start: buffer.baseAddress, count: count)
        let stored = unsafe source.isLive ? ring.write(block) : writeAll(block)
        if stored < count { control.countOverflowed(count - stored) }
    }

    /// Tags the next sample with its time if that is due and the sample will not be dropped.
    private func tagTime(_ timeNanoseconds: Int64?, before count: Int) {
        samplesUntilTag = max(0, samplesUntilTag - count)
        guard let timeNanoseconds, samplesUntilTag == 0, ring.freeCount > 0 else { return }
        ring.tagTime(nanoseconds: timeNanoseconds)
        samplesUntilTag = source.sampleRate.hertz
    }

    /// Writes piece by piece as room in the ring comes free. Returns how many samples were stored:
    /// all of them, unless a stop is requested.
    private func writeAll(_ block: UnsafeBufferPointer<Float>) -> Int {
        guard let start = block.baseAddress else { return 0 }
        var done = 0
        while done < block.count, waitForRoom() {
            let count = min(ring.freeCount, block.count - done)
            // SAFETY: the piece is inside the block.
            done += unsafe ring.write(UnsafeBufferPointer(start: start + done, count: count))
        }
        return done
    }

    /// Waits until the ring has room; false if a stop is requested first.
    private func waitForRoom() -> Bool { wait { ring.freeCount > 0 } }

    private func wait(until isThere: () -> Bool) -> Bool {
        while !isThere() {
            if control.isStopRequested { return false }
            MonotonicClock.sleep(for: .milliseconds(1))
        }
        return true
    }
}
