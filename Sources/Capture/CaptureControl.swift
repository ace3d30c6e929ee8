internal import Synchronization

/// What other threads may do with a running capture: stop it and read its counters.
public final class CaptureControl: Sendable {
    // relaxed everywhere: each value stands alone and orders nothing.
    private let stopFlag = Atomic<Bool>(false)
    private let captured = Atomic<Int64>(0)
    private let overflowed = Atomic<Int64>(0)
    private let missed = Atomic<Int64>(0)
    private let gapCount = Atomic<Int>(0)
    private let idleCount = Atomic<Int>(0)

    public init() {}

    /// Asks the capture to end, which it does within about 0.1 s.
    public func requestStop() { stopFlag.store(true, ordering: .relaxed) }
    public var isStopRequested: Bool { stopFlag.load(ordering: .relaxed) }

    /// Samples that came from the source, whether the ring had room or not.
    public var samplesCaptured: Int64 { captured.load(ordering: .relaxed) }
    /// Samples that were captured but dropped because the ring was full.
    public var samplesOverflowed: Int64 { overflowed.load(ordering: .relaxed) }
    /// Samples that the source could not hear.
    public var samplesMissed: Int64 { missed.load(ordering: .relaxed) }
    /// Gaps that the source reported.
    public var gaps: Int { gapCount.load(ordering: .relaxed) }
    /// Reads that brought nothing within the time-out.
    public var idleReads: Int { idleCount.load(ordering: .relaxed) }

    func countCaptured(_ samples: Int) { captured.wrappingAdd(Int64(samples), ordering: .relaxed) }
    func countOverflowed(_ samples: Int) {
        overflowed.wrappingAdd(Int64(samples), ordering: .relaxed)
    }
    func countGap(missedSamples: Int64) {
        missed.wrappingAdd(missedSamples, ordering: .relaxed)
        gapCount.wrappingAdd(1, ordering: .relaxed)
    }
    func countIdle() { idleCount.wrappingAdd(1, ordering: .relaxed) }
}
