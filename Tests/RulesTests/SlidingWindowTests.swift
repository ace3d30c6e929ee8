import TestSupport
import Testing

@testable import Rules

private struct Maximum: Mergeable {
    var value: Int

    mutating func merge(_ newer: Maximum) { value = max(value, newer.value) }
}

/// Everything, in order.
private struct Text: Mergeable {
    var value: String

    mutating func merge(_ newer: Text) { value += newer.value }
}

@Suite struct SlidingWindowTests {
    /// Any sequence of times and lengths: the window agrees with a list that is searched each time.
    @Test(arguments: 1...20)
    func agreesWithAList(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let length = Int64.random(in: 1...30, using: &random)
        var window = SlidingWindow<Maximum>(length: length)
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
            window.push(Maximum(value: value), at: time)
            list.append((time, value))
            list.removeAll { $0.time <= time - length }
            #expect(window.total?.value == list.map(\.value).max())
        }
    }

    @Test func nothingIsNothing() {
        var window = SlidingWindow<Text>(length: 3)
        #expect(window.total?.value == nil)
        window.push(Text(value: "a"), at: 0)
        window.push(Text(value: "b"), at: 1)
        #expect(window.total?.value == "ab")
        window.expire(at: 3)
        #expect(window.total?.value == "b")
        window.expire(at: 4)
        #expect(window.total?.value == nil)
    }
}
