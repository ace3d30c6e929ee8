import TestSupport
import Testing

@testable import Rules

@Suite struct SlidingWindowTests {
    /// Any sequence of times and lengths: the window agrees with a list that is searched each time.
    @Test(arguments: 1...20)
    func agreesWithAList(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let length = Int64.random(in: 1...30, using: &random)
        var window = SlidingWindow<Int>(length: length) { max($0, $1) }
        var list: [(time: Int64, value: Int)] = []
        var time: Int64 = 0
        for _ in 0..<500 {
            time += Int64.random(in: 0...4, using: &random)
            if Int.random(in: 0..<20, using: &random) == 0 {
                let step = Int64.random(in: -1_000...1_000, using: &random)
                window.move(by: step)
                time += step
                list = list.map { ($0.time + step, $0.value) }
            }
            let value = Int.random(in: 0...1_000, using: &random)
            window.push(value, at: time)
            list.append((time, value))
            list.removeAll { $0.time <= time - length }
            #expect(window.total == list.map(\.value).max())
        }
    }

    @Test func nothingIsNothing() {
        var window = SlidingWindow<Int>(length: 3) { $0 + $1 }
        #expect(window.total == nil)
        window.push(2, at: 0)
        window.push(3, at: 1)
        #expect(window.total == 5)
        window.expire(at: 3)
        #expect(window.total == 3)
        window.expire(at: 4)
        #expect(window.total == nil)
    }
}
