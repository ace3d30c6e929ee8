public import SoundTypes
internal import Synchronization

/// A lock-free ring of samples between one producer and one consumer, with tags for missing
/// samples and for when samples were captured.
///
/// Contract
/// - Exactly one thread, the producer, calls `write`, `tagGap`, `tagTime`, `finish` and
///   `freeCount`. Exactly one other thread, the consumer, calls `read`. Counters may be read by
///   anyone.
/// - Neither side waits, locks or allocates. Both own no memory but the ring's, which lives as
///   long as the ring.
/// - A full ring keeps what it holds: the newest samples are dropped, counted, and become a gap
///   with cause `overflow` before the next sample that is stored.
/// - Gaps are never lost. While the queue of tags is full, further gaps join the last one, and
///   samples after an untagged gap are dropped as if the ring were full.
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

    private struct Tag {
        enum Kind { case gap, time }
        var kind: Kind
        var storedIndex: Int
        /// The lost samples of a gap, or the nanoseconds of a time.
        var value: Int64
        var cause: GapCause
    }

    private static let tagCapacity = 256

    /// The number of samples that fit, a power of two.
    public let capacity: Int
    private let mask: Int
    private let samples: UnsafeMutablePointer<Float>  // [capacity]
    private let tags: UnsafeMutablePointer<Tag>  // [tagCapacity]

    private let stored = Atomic<Int>(0)
    private let consumed = Atomic<Int>(0)
    private let tagsStored = Atomic<Int>(0)
    private let tagsConsumed = Atomic<Int>(0)
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
        unsafe tags = .allocate(capacity: Self.tagCapacity)
        unsafe tags.initialize(
            repeating: Tag(kind: .time, storedIndex: 0, value: 0, cause: .overflow),
            count: Self.tagCapacity)
    }

    deinit {
        // SAFETY: no references to the ring are left, so neither thread can touch the memory.
        unsafe samples.deallocate()
        unsafe tags.deallocate()
    }

    /// Samples lost so far, for whatever cause.
    public var lostSamples: Int64 {
        lost.load(ordering: .relaxed)  // a statistic: orders nothing
    }

    /// Samples stored so far.
    public var storedSamples: Int {
        stored.load(ordering: .relaxed)  // a statistic: orders nothing
    }

    /// Samples that wait to be taken out.
    public var waitingSamples: Int {
        // Statistics, which order nothing: one may be older than the other.
        max(0, stored.load(ordering: .relaxed) - consumed.load(ordering: .relaxed))
    }

    // MARK: Producer

    /// Samples that can be written without loss.
    public var freeCount: Int {
        // acquiring: the consumer's copies out of the freed slots come before our writes into them.
        capacity - (stored.load(ordering: .relaxed) - consumed.load(ordering: .acquiring))
    }

    /// Whether a gap can be told before the next samples, or has to wait for the consumer.
    public var canTag: Bool {
        // acquiring: as for `freeCount`.
        let used =
            tagsStored.load(ordering: .relaxed) - tagsConsumed.load(ordering: .acquiring)
        return Self.tagCapacity - used > 2
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
            // releasing: whoever sees the new count sees the samples and the tags before them.
            stored.store(start + fitting, ordering: .releasing)
        }
        if fitting < block.count {
            tagGap(lostSamples: Int64(block.count - fitting), cause: .overflow)
        }
        return fitting
    }

    /// Says that `lostSamples` samples are missing before the next sample written. A loss may be
    /// reported in several pieces.
    public func tagGap(lostSamples: Int64, cause: GapCause) {
        lost.wrappingAdd(lostSamples, ordering: .relaxed)  // a statistic: orders nothing
        if pendingCause != cause { flushPendingGap() }
        pendingLost += lostSamples
        pendingCause = pendingCause ?? cause
        // The consumer should learn at once that a device is gone. An overflow is different: its
        // gap grows with every block until there is room again.
        if cause != .overflow { flushPendingGap() }
    }

    /// Says when the next sample written was captured, in nanoseconds on the monotonic clock.
    /// Skipped while the queue of tags is full.
    public func tagTime(nanoseconds: Int64) {
        guard flushPendingGap() else { return }
        push(kind: .time, value: nanoseconds, cause: .overflow)
    }

    /// Says that nothing more will be written. A gap at the very end is tagged first.
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

    /// Queues a tag unless fewer than `reserve` slots would stay free. One slot is kept for the
    /// gap that `finish` may have to tag.
    @discardableResult
    private func push(
        kind: Tag.Kind, value: Int64, cause: GapCause, keepingFree reserve: Int = 1
    ) -> Bool {
        let index = tagsStored.load(ordering: .relaxed)  // only this thread writes it
        // acquiring: the consumer's copy out of the slot comes before our write into it.
        let free = Self.tagCapacity - (index - tagsConsumed.load(ordering: .acquiring))
        guard free > reserve else { return false }
        let storedIndex = stored.load(ordering: .relaxed)  // only this thread writes it
        // SAFETY: the slot is inside `tags` and free.
        unsafe tags[index % Self.tagCapacity] =
            Tag(kind: kind, storedIndex: storedIndex, value: value, cause: cause)
        // releasing: whoever sees the new count sees the tag.
        tagsStored.store(index + 1, ordering: .releasing)
        return true
    }

    // MARK: Consumer

    /// Takes what comes next: a tag, or samples up to the next tag and at most `block.count`.
    public func read(into block: UnsafeMutableBufferPointer<Float>) -> Passage {
        // The order of these three loads matters. A tag is stored before the samples after it, and
        // everything before the flag: so the tags of samples seen here are seen too, and nothing
        // can follow what is seen once the flag is up.
        let sawFinish = isFinished.load(ordering: .acquiring)  // pairs with `finish`
        let end = stored.load(ordering: .acquiring)  // pairs with `write`
        let tagsEnd = tagsStored.load(ordering: .acquiring)  // pairs with `push`
        let start = consumed.load(ordering: .relaxed)  // only this thread writes it
        let tagIndex = tagsConsumed.load(ordering: .relaxed)  // only this thread writes it

        var readable = end - start
        if tagIndex < tagsEnd {
            // SAFETY: the slot is inside `tags` and was stored before `tagsEnd`.
            let tag = unsafe tags[tagIndex % Self.tagCapacity]
            if tag.storedIndex == start { return take(tag, index: tagIndex) }
            readable = min(readable, tag.storedIndex - start)
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

    private func take(_ tag: Tag, index: Int) -> Passage {
        // releasing: our copy of the tag comes before the producer's next write into its slot.
        tagsConsumed.store(index + 1, ordering: .releasing)
        let position = Int64(tag.storedIndex) + lostBefore
        switch tag.kind {
        case .gap:
            lostBefore += tag.value
            return .gap(position: position, lostSamples: tag.value, cause: tag.cause)
        case .time:
            return .time(position: position, nanoseconds: tag.value)
        }
    }
}

// SAFETY: every stored property is either immutable, atomic, or used by the one thread that the
// contract names; sample and tag slots change hands through the release/acquire pairs above.
extension SampleRing: @unchecked Sendable {}
