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

    @Test func marksKeepTheirPlace() {
        let ring = SampleRing(capacity: 8)
        ring.markTime(nanoseconds: 10)
        ring.write([1, 2])
        ring.markGap(lostSamples: 5, cause: .overrun)
        ring.markGap(lostSamples: 2, cause: .overrun)
        ring.markGap(lostSamples: 1, cause: .suspended)
        ring.markTime(nanoseconds: 20)
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
        ring.markGap(lostSamples: 16, cause: .disconnected)
        #expect(ring.take(8) == .other(.gap(position: 1, lostSamples: 16, cause: .disconnected)))
        ring.markGap(lostSamples: 16, cause: .disconnected)
        #expect(ring.take(8) == .other(.gap(position: 17, lostSamples: 16, cause: .disconnected)))
    }

    @Test func aGapAtTheVeryEndIsMarked() {
        let ring = SampleRing(capacity: 2)
        ring.write([1, 2, 3])
        ring.finish()
        #expect(ring.take(8) == .samples(position: 0, [1, 2]))
        #expect(ring.take(8) == .other(.gap(position: 2, lostSamples: 1, cause: .overflow)))
        #expect(ring.take(8) == .other(.finished))
    }

    /// More gaps than the queue of marks holds: those that cannot be marked separately are joined,
    /// and the sum of stored and lost samples stays right.
    @Test func gapsSurviveAFullQueueOfMarks() {
        let ring = SampleRing(capacity: 4096)
        var offered: Int64 = 0
        for turn in 0..<2000 {
            ring.markGap(lostSamples: 3, cause: turn % 2 == 0 ? .overrun : .suspended)
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

    /// A random walk of writes, marks and reads against an array that keeps everything.
    @Test func agreesWithASimpleModel() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let ring = SampleRing(capacity: 16)
        var model: [Float] = []
        var next: Float = 0
        for step in 0..<20_000 {
            if Bool.random(using: &random) {
                let block = (0..<Int.random(in: 0...9, using: &random)).map { next + Float($0) }
                let accepted = block.withUnsafeBufferPointer { ring.write($0) }
                model += block.prefix(accepted)
                next += Float(block.count)
            } else if case .samples(_, let block) = ring.take(Int.random(in: 1...9, using: &random))
            {
                #expect(block == Array(model.prefix(block.count)), "seed \(seed) step \(step)")
                model.removeFirst(block.count)
            }
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
