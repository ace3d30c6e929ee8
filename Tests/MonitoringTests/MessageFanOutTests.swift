import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Listening
@testable import Monitoring
@testable import Timekeeping

@Suite struct MessageFanOutTests {
    private let fanOut = MessageFanOut()

    private func message(_ number: Int) -> AnalysisMessage {
        .clockStepped(source: "test", seconds: Double(number), at: UTCTime(microseconds: 0))
    }

    /// On a thread of its own, as sources do.
    private func put(_ numbers: Range<Int>, thenFinish: Bool = true) {
        Thread.detachNewThread {
            for number in numbers { fanOut.put(message(number)) }
            if thenFinish { fanOut.finish() }
        }
    }

    /// The numbers of the messages that come, and those of which only the count is told.
    private func read(
        _ subscription: MessageSubscription, pauseEvery count: Int = .max
    ) async -> (numbers: [Int], dropped: Int) {
        var (numbers, dropped) = ([Int](), 0)
        while let delivery = await subscription.next() {
            switch delivery {
            case .message(.clockStepped(_, let seconds, _)):
                // What is missing is told where it is missing.
                #expect(numbers.count + dropped == Int(seconds))
                numbers.append(Int(seconds))
            case .message: break
            case .dropped(let more): dropped += more
            }
            if numbers.count % count == 0 { usleep(20_000) }
        }
        return (numbers, dropped)
    }

    /// A full queue makes the source wait; nothing is dropped and the order stays.
    @Test func nothingIsDroppedForASubscriberThatIsWaitedFor() async {
        let subscription = fanOut.subscribe(capacity: 4, whenFull: .wait)
        put(0..<60)
        let (numbers, dropped) = await read(subscription, pauseEvery: 10)
        #expect(numbers == Array(0..<60))
        #expect(dropped == 0)
    }

    @Test func aSubscriberThatNeverReadsHoldsNobodyUp() async throws {
        let idle = fanOut.subscribe(capacity: 8, whenFull: .dropOldest)
        let first = fanOut.subscribe(capacity: 4, whenFull: .wait)
        let second = fanOut.subscribe(capacity: 4, whenFull: .wait)
        put(0..<20_000)
        async let firstRead = read(first)
        async let secondRead = read(second)
        let (one, other) = await (firstRead, secondRead)
        #expect(one.numbers == Array(0..<20_000))
        #expect(other.numbers == Array(0..<20_000))
        #expect(idle.waitingCount == 8)
        // Should it read after all, it is told what it missed, and gets the newest.
        let late = await read(idle)
        #expect(late.dropped == 20_000 - 8)
        #expect(late.numbers == Array((20_000 - 8)..<20_000))
    }

    @Test func aSlowViewIsToldWhatItMissed() async {
        let view = fanOut.subscribe(capacity: 16, whenFull: .dropOldest)
        put(0..<5_000)
        let (numbers, dropped) = await read(view, pauseEvery: 50)
        #expect(numbers.count + dropped == 5_000)
        #expect(numbers.last == 4_999)
    }

    @Test func aSubscriberGetsWhatItWants() async {
        let subscription = fanOut.subscribe(capacity: 4, whenFull: .wait) { message in
            if case .ended = message { true } else { false }
        }
        put(0..<100, thenFinish: false)
        fanOut.put(.ended(source: "test", at: nil, failure: nil))
        guard case .message(.ended) = await subscription.next() else {
            Issue.record("nothing came")
            return
        }
        fanOut.finish()
        #expect(await read(subscription).numbers.isEmpty)
    }

    /// Rules act on an event when the store has it.
    @Test func whoWaitsForAReaderWaitsUntilItIsDone() async throws {
        let subscription = fanOut.subscribe(capacity: 4, whenFull: .wait)
        #expect(await subscription.settle(within: .zero))
        put(0..<1, thenFinish: false)
        _ = await subscription.next()
        // It has the message, and is at work on it.
        #expect(await !subscription.settle(within: .milliseconds(50)))
        async let rest = subscription.next()
        #expect(await subscription.settle(within: .seconds(60)))
        fanOut.finish()
        _ = await rest
    }

    @Test func whoComesLateGetsTheEnd() async {
        fanOut.finish()
        let subscription = fanOut.subscribe(capacity: 4, whenFull: .wait)
        fanOut.put(message(0))
        #expect(await read(subscription).numbers.isEmpty)
    }
}
