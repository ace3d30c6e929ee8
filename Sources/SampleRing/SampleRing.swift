public import SoundTypes
internal import Synchronization

/// A lock-free ring of samples between one producer and one consumer, with marks for missing
/// samples and for when samples were captured.
///
/// Contract
/// - Exactly one thread, the producer, calls `write`, `markGap`, `markTime`, `finish` and
///   `freeCount`. Exactly one other thread, the consumer, calls `read`. Counters may be read by
///   anyone.
/// - Neither side waits, locks or allocates. Both own no memory but the ring's, which lives as
///   long as the ring.
/// - A full ring keeps what it holds: the newest samples are dropped, counted, and become a gap
///   with cause `overflow` before the next sample that is stored.
/// - Gaps are never lost. While the queue of marks is full, further gaps join the last one, and
///   samples after an unmarked gap are dropped as if the ring were full.
///
/// Two counts only grow: `stored` (samples the producer has put in) and `consumed` (samples the
/// consumer has taken out). A sample with stored index `i` is in `samples[i & mask]`:
/// ```
///        consumed            stored
///           v                   v
///   ...free |  stored samples   | free...        stored - consumed <= capacity
/// ```
/// A *position* counts along the time line: stored and lost samples together.
@safe public final class SampleRing {
    /// What a read found, in the order in which it was written.
    public enum Passage: Sendable, Hashable {
        /// `count` samples were copied; the first has this position.
        case samples(position: Int64, count: Int)
        /// `lostSamples` samples are missing from this position onwards.
        case gap(position: Int64, lostSamples: Int64, cause: GapCause)
        /// The sample at this position was captured at this time on the monotonic clock.
        case time(position: Int64, nanoseconds: Int64)
        /// Nothing more yet.
        case empty
        /// Nothing more ever.
        case finished
    }

    private struct Mark {
        enum Kind { case gap, time }
        var kind: Kind
        var storedIndex: Int
        /// The lost samples of a gap, or the nanoseconds of a time.
        var value: Int64
        var cause: GapCause
    }

    private static let markCapacity = 256

    /// The number of samples that fit, a power of two.
    public let capacity: Int
    private let mask: Int
    private let samples: UnsafeMutablePointer<Float>  // [capacity]
    private let marks: UnsafeMutablePointer<Mark>  // [markCapacity]

    private let stored = Atomic<Int>(0)
    private let consumed = Atomic<Int>(0)
    private let marksStored = Atomic<Int>(0)
    private let marksConsumed = Atomic<Int>(0)
    private let isFinished = Atomic<Bool>(false)
    private let lost = Atomic<Int64>(0)

    // For the producer alone.
    private var pendingLost: Int64 = 0
    private var pendingCause: GapCause?
    // For the consumer alone.
    private var lostBefore: Int64 = 0

    /// A ring for at least `capacity` samples (1 or more), rounded up to a power of two.
    public init(capacity: Int) {
        precondition(capacity >= 1, "a ring needs room for a sample, not \(capacity)")
        self.capacity = 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
        mask = self.capacity - 1
        // SAFETY: both blocks are freed in deinit only; initialised here as far as they are read.
        unsafe samples = .allocate(capacity: self.capacity)
        unsafe samples.initialize(repeating: 0, count: self.capacity)
        unsafe marks = .allocate(capacity: Self.markCapacity)
        unsafe marks.initialize(
            repeating: Mark(kind: .time, storedIndex: 0, value: 0, cause: .overflow),
            count: Self.markCapacity)
    }

    deinit {
        // SAFETY: no references to the ring are left, so neither thread can touch the memory.
        unsafe samples.deallocate()
        unsafe marks.deallocate()
    }

    /// Samples lost so far, for whatever cause.
    public var lostSamples: Int64 {
        lost.load(ordering: .relaxed)  // a statistic: orders nothing
    }

    /// Samples stored so far.
    public var storedSamples: Int {
        stored.load(ordering: .relaxed)  // a statistic: orders nothing
    }

    // MARK: Producer

    /// Samples that can be written without loss.
    public var freeCount: Int {
        // acquiring: the consumer's copies out of the freed slots come before our writes into them.
        capacity - (stored.load(ordering: .relaxed) - consumed.load(ordering: .acquiring))
    }

    /// Stores samples; those that do not fit are lost. Returns how many were stored.
    @discardableResult
    public func write(_ block: UnsafeBufferPointer<Float>) -> Int {
        let room = min(freeCount, block.count)
        let fitting = room > 0 && flushPendingGap() ? room : 0
        if fitting > 0, let source = block.baseAddress {
            let start = stored.load(ordering: .relaxed)  // only this thread writes it
            for index in 0..<fitting {
                // SAFETY: the slot is inside `samples`, and the consumer does not read it before
                // `stored` covers it. A loop rather than a memory copy, because ThreadSanitizer
                // sees only single accesses; the optimiser turns it into a copy.
                unsafe samples[(start + index) & mask] = source[index]
            }
            // releasing: whoever sees the new count sees the samples and the marks before them.
            stored.store(start + fitting, ordering: .releasing)
        }
        if fitting < block.count {
            markGap(lostSamples: Int64(block.count - fitting), cause: .overflow)
        }
        return fitting
    }

    /// Says that `lostSamples` samples are missing before the next sample written. A loss may be
    /// reported in several pieces.
    public func markGap(lostSamples: Int64, cause: GapCause) {
        lost.wrappingAdd(lostSamples, ordering: .relaxed)  // a statistic: orders nothing
        if pendingCause != cause { flushPendingGap() }
        pendingLost += lostSamples
        pendingCause = pendingCause ?? cause
        // The consumer should learn at once that a device is gone. An overflow is different: its
        // gap grows with every block until there is room again.
        if cause != .overflow { flushPendingGap() }
    }

    /// Says when the next sample written was captured, in nanoseconds on the monotonic clock.
    /// Skipped while the queue of marks is full.
    public func markTime(nanoseconds: Int64) {
        guard flushPendingGap() else { return }
        push(kind: .time, value: nanoseconds, cause: .overflow)
    }

    /// Says that nothing more will be written. A gap at the very end is marked first.
    public func finish() {
        flushPendingGap(keepingFree: 0)
        // releasing: whoever sees the flag sees everything written before it.
        isFinished.store(true, ordering: .releasing)
    }

    @discardableResult
    private func flushPendingGap(keepingFree reserve: Int = 1) -> Bool {
        guard let cause = pendingCause else { return true }
        guard push(kind: .gap, value: pendingLost, cause: cause, keepingFree: reserve) else {
            return false
        }
        pendingLost = 0
        pendingCause = nil
        return true
    }

    /// Queues a mark unless fewer than `reserve` slots would stay free. One slot is kept for the
    /// gap that `finish` may have to mark.
    @discardableResult
    private func push(
        kind: Mark.Kind, value: Int64, cause: GapCause, keepingFree reserve: Int = 1
    ) -> Bool {
        let index = marksStored.load(ordering: .relaxed)  // only this thread writes it
        // acquiring: the consumer's copy out of the slot comes before our write into it.
        let free = Self.markCapacity - (index - marksConsumed.load(ordering: .acquiring))
        guard free > reserve else { return false }
        let storedIndex = stored.load(ordering: .relaxed)  // only this thread writes it
        // SAFETY: the slot is inside `marks` and free.
        unsafe marks[index % Self.markCapacity] =
            Mark(kind: kind, storedIndex: storedIndex, value: value, cause: cause)
        // releasing: whoever sees the new count sees the mark.
        marksStored.store(index + 1, ordering: .releasing)
        return true
    }

    // MARK: Consumer

    /// Takes what comes next: a mark, or samples up to the next mark and at most `block.count`.
    public func read(into block: UnsafeMutableBufferPointer<Float>) -> Passage {
        // The order of these three loads matters. A mark is stored before the samples after it, and
        // everything before the flag: so the marks of samples seen here are seen too, and nothing
        // can follow what is seen once the flag is up.
        let sawFinish = isFinished.load(ordering: .acquiring)  // pairs with `finish`
        let end = stored.load(ordering: .acquiring)  // pairs with `write`
        let marksEnd = marksStored.load(ordering: .acquiring)  // pairs with `push`
        let start = consumed.load(ordering: .relaxed)  // only this thread writes it
        let markIndex = marksConsumed.load(ordering: .relaxed)  // only this thread writes it

        var readable = end - start
        if markIndex < marksEnd {
            // SAFETY: the slot is inside `marks` and was stored before `marksEnd`.
            let mark = unsafe marks[markIndex % Self.markCapacity]
            if mark.storedIndex == start { return take(mark, index: markIndex) }
            readable = min(readable, mark.storedIndex - start)
        }
        let count = min(readable, block.count)
        guard count > 0, let target = block.baseAddress else {
            return sawFinish && readable == 0 ? .finished : .empty
        }
        for index in 0..<count {
            // SAFETY: the slot is inside `samples`, below `end`; the producer does not write it
            // before `consumed` frees it. A loop for the reason given in `write`.
            unsafe target[index] = samples[(start + index) & mask]
        }
        // releasing: our copies come before the producer's next writes into these slots.
        consumed.store(start + count, ordering: .releasing)
        return .samples(position: Int64(start) + lostBefore, count: count)
    }

    private func take(_ mark: Mark, index: Int) -> Passage {
        // releasing: our copy of the mark comes before the producer's next write into its slot.
        marksConsumed.store(index + 1, ordering: .releasing)
        let position = Int64(mark.storedIndex) + lostBefore
        switch mark.kind {
        case .gap:
            lostBefore += mark.value
            return .gap(position: position, lostSamples: mark.value, cause: mark.cause)
        case .time:
            return .time(position: position, nanoseconds: mark.value)
        }
    }
}

// SAFETY: every stored property is either immutable, atomic, or used by the one thread that the
// contract names; sample and mark slots change hands through the release/acquire pairs above.
extension SampleRing: @unchecked Sendable {}
