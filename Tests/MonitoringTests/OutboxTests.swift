import Foundation
import Listening
import Testing

@testable import Monitoring
@testable import Timekeeping

@Suite struct OutboxTests {
    /// A full queue makes the analysis wait; nothing is dropped and the order is kept.
    @Test func nothingIsDroppedWhenTheReceiverIsSlow() async {
        let (outbox, messages) = Outbox.make(capacity: 4)
        let count = 60
        Thread.detachNewThread {
            for index in 0..<count {
                let time = UTCTime(microseconds: 0)
                outbox.put(.clockStepped(source: "test", seconds: Double(index), at: time))
            }
            outbox.finish()
        }
        var received: [Double] = []
        for await message in messages {
            if case .clockStepped(_, let seconds, _) = message { received.append(seconds) }
            if received.count % 10 == 0 { usleep(20_000) }
        }
        #expect(received == (0..<count).map(Double.init))
    }
}
