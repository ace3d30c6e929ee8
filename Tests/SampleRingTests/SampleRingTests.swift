import Foundation
import SampleRing
import SoundTypes
import TestSupport
import Testing

@Suite struct SampleRingTests {
    @Test("capacity is rounded up to a power of two", arguments: [(1, 1), (2, 2), (3, 4), (5, 8)])
    func capacity(asked: Int, given: Int) {
        #expect(SampleRing(capacity: asked).capacity == given)
    }

    /// Every capacity up to 16, every fill level at every offset, every length written and read.
    @Test func everySmallCase() {
        for capacity in [1, 2, 4, 8, 16] {
            for offset in 0...(2 * capacity) {
                for length in 0...(capacity + 2) {
                    for readLength in 1...(capacity + 1) {
                        check(capacity, offset: offset, length: length, readLength: readLength)
                    }
                }
            }
        }
    }

    private func check(_ capacity: Int, offset: Int, length: Int, readLength: Int) {
        let ring = SampleRing(capacity: capacity)
        for step in 0..<offset {
            ring.write(value: Float(step))
            _ = ring.take(1)
        }
        let written = (0..<length).map { Float(1000 + $0) }
        let accepted = written.withUnsafeBufferPointer { ring.write($0) }
        #expect(accepted == min(length, capacity))
        #expect(ring.freeCount == capacity - accepted)

        var read: [Float] = []
        while case .samples(let position, let block) = ring.take(readLength) {
            #expect(position == Int64(offset + read.count))
            read += block
        }
        #expect(read == Array(written.prefix(accepted)))
        #expect(ring.lostSamples == Int64(length - accepted))
    }

    @Test func overflowBecomesAGapInFrontOfTheNextSample() {
        let ring = SampleRing(capacity: 4)
        ring.write([1, 2, 3, 4, 5, 6])
        ring.write([7])
        #expect(ring.take(8) == .samples(position: 0, [1, 2, 3, 4]))
        #expect(ring.take(8) == .other(.empty))
        ring.write([8])
        #expect(ring.take(8) == .other(.gap(position: 4, lostSamples: 3, cause: .overflow)))
        #expect(ring.take(8) == .samples(position: 7, [8]))
    }

    @Test func tagsKeepTheirPlace() {
        let ring = SampleRing(capacity: 8)
        ring.tagTime(nanoseconds: 10)
        ring.write([1, 2])
        ring.tagGap(lostSamples: 5, cause: .overrun)
        ring.tagGap(lostSamples: 2, cause: .overrun)
        ring.tagGap(lostSamples: 1, cause: .suspended)
        ring.tagTime(nanoseconds: 20)
        ring.write([3])
        ring.finish()
        #expect(ring.take(8) == .other(.time(position: 0, nanoseconds: 10)))
        #expect(ring.take(8) == .samples(position: 0, [1, 2]))
        #expect(ring.take(8) == .other(.gap(position: 2, lostSamples: 5, cause: .overrun)))
        #expect(ring.take(8) == .other(.gap(position: 7, lostSamples: 2, cause: .overrun)))
        #expect(ring.take(8) == .other(.gap(position: 9, lostSamples: 1, cause: .suspended)))
        #expect(ring.take(8) == .other(.time(position: 10, nanoseconds: 20)))
        #expect(ring.take(8) == .samples(position: 10, [3]))
        #expect(ring.take(8) == .other(.finished))
        #expect(ring.lostSamples == 8)
    }

    @Test func aDeviceGapIsSeenBeforeTheDeviceIsBack() {
        let ring = SampleRing(capacity: 8)
        ring.write([1])
        _ = ring.take(8)
        ring.tagGap(lostSamples: 16, cause: .disconnected)
        #expect(ring.take(8) == .other(.gap(position: 1, lostSamples: 16, cause: .disconnected)))
        ring.tagGap(lostSamples: 16, cause: .disconnected)
        #expect(ring.take(8) == .other(.gap(position: 17, lostSamples: 16, cause: .disconnected)))
    }

    @Test func aGapAtTheVeryEndIsTagged() {
        let ring = SampleRing(capacity: 2)
        ring.write([1, 2, 3])
        ring.finish()
        #expect(ring.take(8) == .samples(position: 0, [1, 2]))
        #expect(ring.take(8) == .other(.gap(position: 2, lostSamples: 1, cause: .overflow)))
        #expect(ring.take(8) == .other(.finished))
    }

    /// More gaps than the queue of tags holds: those that cannot be tagged separately are joined,
    /// and the sum of stored and lost samples stays right.
    @Test func gapsSurviveAFullQueueOfTags() {
        let ring = SampleRing(capacity: 4096)
        var offered: Int64 = 0
        for turn in 0..<2000 {
            ring.tagGap(lostSamples: 3, cause: turn % 2 == 0 ? .overrun : .suspended)
            ring.write([Float(turn)])
            offered += 4
        }
        ring.finish()
        var seen: Int64 = 0
        var lost: Int64 = 0
        loop: while true {
            switch ring.take(64) {
            case .samples(let position, let block):
                #expect(position == seen)
                seen += Int64(block.count)
            case .other(.gap(let position, let count, _)):
                #expect(position == seen)
                seen += count
                lost += count
            case .other(.finished): break loop
            case let passage:
                Issue.record("unexpected \(passage)")
                break loop
            }
        }
        #expect(seen == offered)
        #expect(lost == ring.lostSamples)
    }

    /// A random walk of writes, gaps, times and reads against a model that keeps everything. Now
    /// and then nobody reads for so long that the queue of tags is full, too.
    @Test(arguments: [1, 16, 512])
    func agreesWithASimpleModel(_ capacity: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let ring = SampleRing(capacity: capacity)
        var model = RingModel(capacity: capacity)
        var fullest = 0
        for step in 0..<200 {
            /// Of the operations, those that read; and how many operations stay like this.
            let readers = [0, 1, 5, 9].randomElement(using: &random) ?? 0
            for _ in 0..<Int.random(in: 1...800, using: &random) {
                if Int.random(in: 0..<10, using: &random) < readers {
                    let length = Int.random(in: 0...9, using: &random)
                    let passage = ring.take(length)
                    #expect(passage == model.read(length), "seed \(seed) step \(step)")
                } else {
                    offer(to: ring, &model, &random)
                }
                #expect(ring.lostSamples == model.lost, "seed \(seed) step \(step)")
                #expect(ring.freeCount == model.free, "seed \(seed) step \(step)")
                fullest = max(fullest, model.tags)
            }
        }
        ring.finish()
        model.finish()
        while model.end < model.offered || model.tags > 0 {
            let passage = ring.take(7)
            #expect(passage == model.read(7), "seed \(seed) at the end")
            if passage == .other(.finished) || passage == .other(.empty) { break }
        }
        #expect(ring.take(7) == .other(.finished), "seed \(seed)")
        // Nothing is lost uncounted, and what was counted has its place.
        #expect(Int64(ring.storedSamples) + ring.lostSamples == model.offered, "seed \(seed)")
        #expect(model.end == model.offered, "seed \(seed)")
        #expect(fullest == RingModel.tagCapacity - 1, "seed \(seed): \(fullest) tags")
    }

    /// What a producer does, to both.
    private func offer(
        to ring: SampleRing, _ model: inout RingModel, _ random: inout SeededRandom
    ) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let cause = GapCause.allCases.randomElement(using: &random) ?? .overrun
                let count = Int64.random(in: 1...1_000_000, using: &random)
                ring.tagGap(lostSamples: count, cause: cause)
                model.lose(count, cause)
            }
        case 1:
            let time = Int64.random(in: 0...Int64.max, using: &random)
            ring.tagTime(nanoseconds: time)
            model.tagTime(time)
        default:
            let block = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                Float.random(in: -1...1, using: &random)
            }
            let accepted = block.withUnsafeBufferPointer { ring.write($0) }
            #expect(accepted == model.write(block))
        }
    }

    /// Two threads as fast as they can: every sample arrives once, in order, or is counted as lost.
    @Test func twoThreads() {
        let ring = SampleRing(capacity: 256)
        let offered = 2_000_000
        let producer = Thread {
            var next = 0
            while next < offered {
                let block = (0..<min(61, offered - next)).map { Float((next + $0) % 100_003) }
                ring.write(block)
                next += block.count
            }
            ring.finish()
        }
        producer.start()
        var position: Int64 = 0
        var wrong = 0
        loop: while true {
            switch ring.take(97) {
            case .samples(let start, let block):
                if start != position { wrong += 1 }
                for (index, value) in block.enumerated()
                where value != Float((Int(start) + index) % 100_003) {
                    wrong += 1
                }
                position += Int64(block.count)
            case .other(.gap(let start, let lost, let cause)):
                if start != position || cause != .overflow { wrong += 1 }
                position += lost
            case .other(.finished): break loop
            case .other: continue
            }
        }
        #expect(wrong == 0)
        #expect(position == Int64(offered))
        #expect(Int64(ring.storedSamples) + ring.lostSamples == Int64(offered))
    }
}

/// The ring as its contract describes it, in arrays.
private struct RingModel {
    static let tagCapacity = 256

    private enum Item {
        case sample(Float)
        case gap(Int64, GapCause)
        case time(Int64)

        var isTag: Bool {
            if case .sample = self { false } else { true }
        }
    }

    private let capacity: Int
    private var items: [Item] = []
    /// A gap that has no tag yet.
    private var gap: (count: Int64, cause: GapCause)?
    private var isFinished = false
    private(set) var tags = 0
    private(set) var lost: Int64 = 0
    /// Samples that were captured or missing, and how far the reader is among them.
    private(set) var offered: Int64 = 0
    private(set) var end: Int64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var free: Int { capacity - (items.count - tags) }

    mutating func write(_ block: [Float]) -> Int {
        // Samples behind a gap that cannot be tagged are dropped.
        let room = min(free, block.count)
        let accepted = room > 0 && tagGap() ? room : 0
        items += block.prefix(accepted).map(Item.sample)
        offered += Int64(accepted)
        let rest = Int64(block.count - accepted)
        if rest > 0 { lose(rest, .overflow) }
        return accepted
    }

    mutating func lose(_ count: Int64, _ cause: GapCause) {
        lost += count
        offered += count
        if let gap, gap.cause != cause { _ = tagGap() }
        // A gap that cannot be tagged takes in those after it, of whatever cause.
        gap = ((gap?.count ?? 0) + count, gap?.cause ?? cause)
        if cause != .overflow { _ = tagGap() }
    }

    mutating func tagTime(_ nanoseconds: Int64) {
        if tagGap() { _ = push(.time(nanoseconds), reserve: 1) }
    }

    mutating func finish() {
        _ = tagGap(reserve: 0)
        isFinished = true
    }

    mutating func read(_ length: Int) -> Taken {
        switch items.first {
        case .gap(let count, let cause):
            takeTag()
            defer { end += count }
            return .other(.gap(position: end, lostSamples: count, cause: cause))
        case .time(let nanoseconds):
            takeTag()
            return .other(.time(position: end, nanoseconds: nanoseconds))
        case .sample where length > 0:
            let samples = items.prefix(length).prefix { !$0.isTag }.map { item in
                if case .sample(let value) = item { value } else { Float.nan }
            }
            items.removeFirst(samples.count)
            defer { end += Int64(samples.count) }
            return .samples(position: end, samples)
        case .sample: return .other(.empty)
        case nil: return .other(isFinished ? .finished : .empty)
        }
    }

    private mutating func takeTag() {
        items.removeFirst()
        tags -= 1
    }

    private mutating func tagGap(reserve: Int = 1) -> Bool {
        guard let gap else { return true }
        guard push(.gap(gap.count, gap.cause), reserve: reserve) else { return false }
        self.gap = nil
        return true
    }

    /// One place is kept for a gap at the very end.
    private mutating func push(_ item: Item, reserve: Int) -> Bool {
        guard Self.tagCapacity - tags > reserve else { return false }
        items.append(item)
        tags += 1
        return true
    }
}

/// A passage with its samples.
private enum Taken: Equatable {
    case samples(position: Int64, [Float])
    case other(SampleRing.Passage)
}

extension SampleRing {
    fileprivate func write(_ values: [Float]) {
        _ = values.withUnsafeBufferPointer { write($0) }
    }

    fileprivate func write(value: Float) {
        write([value])
    }

    fileprivate func take(_ length: Int) -> Taken {
        var block = [Float](repeating: -1, count: length)
        let passage = block.withUnsafeMutableBufferPointer { read(into: $0) }
        if case .samples(let position, let count) = passage {
            return .samples(position: position, Array(block.prefix(count)))
        }
        return .other(passage)
    }
}
