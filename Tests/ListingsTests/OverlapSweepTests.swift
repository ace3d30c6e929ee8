import TestSupport
import Testing
import Timekeeping

@testable import Listings

@Suite struct OverlapSweepTests {
    private let origin = UTCTime(microseconds: 1_795_366_800_000_000)

    private func time(_ second: Int) -> UTCTime { origin.adding(seconds: Double(second)) }

    /// Random stretches against a search among all of them, for pieces that follow each other.
    @Test func asSearchedAmongAll() {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let stretches = (0..<20).map { _ in
                let from = Int.random(in: -20..<120, using: &random)
                return from..<from + Int.random(in: 1...60, using: &random)
            }
            var sweep = OverlapSweep(
                stretches, from: { time($0.lowerBound) }, to: { time($0.upperBound) })
            for piece in stride(from: 0, to: 100, by: 10) {
                let found = sweep.overlapping(time(piece), time(piece + 10))
                let wanted = stretches.filter { $0.overlaps(piece..<piece + 10) }
                #expect(Set(found) == Set(wanted), "seed \(seed), \(piece)")
                #expect(found.count == wanted.count)
            }
        }
    }
}
