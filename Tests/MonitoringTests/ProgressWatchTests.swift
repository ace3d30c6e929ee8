import Testing

@testable import Monitoring

/// Which progress counts, and which does not.
@Suite struct ProgressWatchTests {
    private typealias Source = MonitorProgress.Source
    private typealias Subscriber = MonitorProgress.Subscriber

    private func goesOn(
        _ first: [String: Source], _ then: [String: Source]..., subscribers: [Subscriber] = []
    ) -> Bool {
        var watch = ProgressWatch()
        var last = watch.goesOn(to: MonitorProgress(sources: first, subscribers: subscribers))
        for sources in then {
            last = watch.goesOn(to: MonitorProgress(sources: sources, subscribers: subscribers))
        }
        return last
    }

    @Test func soundThatIsAnalysedCounts() {
        #expect(goesOn(["yard": Source(messages: 3)], ["yard": Source(messages: 4)]))
        #expect(!goesOn(["yard": Source(messages: 3)], ["yard": Source(messages: 3)]))
    }

    /// One source that stands still is enough, however well the others do.
    @Test func everySourceMustGoOn() {
        let before = ["yard": Source(messages: 3), "door": Source(messages: 3)]
        #expect(
            !goesOn(before, ["yard": Source(messages: 9), "door": Source(messages: 3)]))
        // It has ended, or another one came.
        #expect(goesOn(before, ["yard": Source(messages: 9)]))
        let after = ["yard": Source(messages: 9), "door": Source(messages: 4), "new": Source()]
        #expect(goesOn(before, after))
    }

    /// A microphone that is not there is no stall, as long as it is tried again.
    @Test func attemptsToOpenADeviceCount() {
        #expect(goesOn(["yard": Source(attempts: 1)], ["yard": Source(attempts: 2)]))
        #expect(!goesOn(["yard": Source(attempts: 2)], ["yard": Source(attempts: 2)]))
    }

    /// A pipe that nobody writes to has nothing to analyse; one whose samples wait has.
    @Test func aSilentStreamCounts() {
        let before = Source(messages: 3, idleReads: 10)
        #expect(goesOn(["pipe": before], ["pipe": Source(messages: 3, idleReads: 20)]))
        #expect(
            !goesOn(
                ["pipe": before], ["pipe": Source(messages: 3, idleReads: 20, isBehind: true)]))
        #expect(!goesOn(["pipe": before], ["pipe": before]))
    }

    /// What came in the first of two looks counts in the second.
    @Test func progressIsThatSinceItLastWentOn() {
        let yard = Source(messages: 3)
        let door = Source(messages: 3)
        #expect(
            goesOn(
                ["yard": yard, "door": door], ["yard": Source(messages: 4), "door": door],
                ["yard": Source(messages: 4), "door": Source(messages: 4)]))
    }

    @Test func subscribersMustTakeWhatComes() {
        var watch = ProgressWatch()
        func goesOn(_ messages: Int, put: Int, taken: Int) -> Bool {
            watch.goesOn(
                to: MonitorProgress(
                    sources: ["yard": Source(messages: messages)],
                    subscribers: [Subscriber(put: put, taken: taken)]))
        }
        #expect(goesOn(1, put: 1, taken: 1))
        #expect(goesOn(5, put: 5, taken: 2))
        // It takes nothing more, though there is something.
        #expect(!goesOn(6, put: 6, taken: 2))
        #expect(goesOn(7, put: 7, taken: 3))
        // Nothing is left for it.
        #expect(goesOn(8, put: 3, taken: 3))
    }
}
