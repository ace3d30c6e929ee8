import AlertTypes
import Logging
import Testing
import Timekeeping

@testable import Monitoring

@Suite struct LogFieldTests {
    private let log = TestLog()

    private func run(event: Int64) -> HookRun {
        HookRun(
            id: 7, rule: "night", alertID: 3, action: "run", eventID: event, firedAt: .now(),
            startedAt: .now())
    }

    @Test func linesAreAboutAllThatIsSaid() {
        let logger = log.logger.about(.source, "hall")
        logger.about(.gap, "stalled").info("both")
        logger.about(.source, "yard").info("the last")
        logger.info("one")
        log.logger.info("nothing")
        #expect(log.fields(of: "both") == [[.source: "hall", .gap: "stalled"]])
        #expect(log.fields(of: "the last") == [[.source: "yard"]])
        #expect(log.fields(of: "one") == [[.source: "hall"]])
        #expect(log.fields(of: "nothing") == [[:]])
    }

    @Test func aRunIsNamedWithItsEventIfThereIsOne() {
        let fields: [LogField: String] = [.rule: "night", .alert: "3", .action: "run", .run: "7"]
        log.logger.about(run(event: 0)).info("without")
        log.logger.about(run(event: 12)).info("with an event")
        #expect(log.fields(of: "without") == [fields])
        #expect(log.fields(of: "with an event") == [fields.merging([.event: "12"]) { $1 }])
    }
}
