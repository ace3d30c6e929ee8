import AlertTypes
import Rules
import Testing
import Timekeeping

/// Rules about the box itself.
@Suite struct BoxConditionTests {
    @Test func noAudio() {
        var trial = Trial([boxRule(.noAudio(seconds: 10))], sources: ["hall"])
        trial.hear(until: 5)
        for second in 6...30 { trial.feed(.tick(at: time(Double(second)), elapsed: 1)) }
        #expect(trial.told == ["fired box at 15.0"])
        #expect(trial.firings[0].alert.source == "hall")
        #expect(trial.firings[0].alert.readings[0].value == "10 s without audio")
        trial.feed(.gap(source: "hall", from: time(5), until: time(30)))
        trial.hear(until: 32, from: 31)
        #expect(trial.told.last == "resolved box at 30.0")
    }

    /// A microphone that is not there when the monitor starts.
    @Test func aSourceThatWasNeverHeard() {
        var trial = Trial([boxRule(.noAudio(seconds: 10))], sources: ["hall", "garden"])
        for second in 0...12 {
            trial.feed(.heard(source: "hall", until: time(Double(second))))
            trial.feed(.tick(at: time(Double(second)), elapsed: 1))
        }
        #expect(trial.told == ["fired box at 9.0"])
        #expect(trial.firings[0].alert.source == "garden")
    }

    @Test func anEndedRecordingIsNotMissed() {
        var trial = Trial([boxRule(.noAudio(seconds: 10))], sources: ["tape"])
        trial.feed(.heard(source: "tape", until: time(1)))
        trial.feed(.ended(source: "tape"))
        for second in 2...60 { trial.feed(.tick(at: time(Double(second)), elapsed: 1)) }
        #expect(trial.firings.isEmpty)
    }

    @Test func aDeadMicrophone() {
        var trial = Trial([boxRule(.deadMicrophone(seconds: 5))])
        for start in 0..<4 {
            trial.feed(.level(source: "hall", second(Double(start), 0, isStuck: true)))
        }
        trial.feed(.level(source: "hall", second(4, 40)))
        for start in 5..<20 {
            trial.feed(.level(source: "hall", second(Double(start), 0, isStuck: true)))
        }
        trial.feed(.level(source: "hall", second(20, 40)))
        #expect(trial.told == ["fired box at 10.0", "resolved box at 21.0"])
    }

    @Test func clipping() {
        var trial = Trial([boxRule(.clipping(seconds: 3))])
        for start in 0..<200 {
            let isClipped = start < 60 ? start % 30 == 0 : [60, 70, 80].contains(start)
            trial.feed(.level(source: "hall", second(Double(start), 90, isClipped: isClipped)))
        }
        // At 60, three of the last 60 s: 30, 60 and, as of 71, 70.
        #expect(trial.told == ["fired box at 71.0", "resolved box at 121.0"])
    }

    @Test func theDisk() {
        var trial = Trial([boxRule(.diskBelow(share: 0.05), again: 60)])
        for (index, share) in [0.06, 0.049, 0.048, 0.047, 0.5].enumerated() {
            trial.feed(.tick(at: time(Double(index) * 30), elapsed: 30))
            trial.feed(.disk(freeShare: share))
        }
        #expect(
            trial.told == ["fired box at 30.0", "repeated box at 90.0", "resolved box at 120.0"])
        #expect(trial.firings[0].alert.source == nil)
        #expect(trial.firings[0].alert.readings[0].value == "4.9 % free")
    }

    /// A wall clock that jumps by an hour is no hour without audio.
    @Test func aWallClockThatIsSetIsNoSilence() {
        var trial = Trial([boxRule(.noAudio(seconds: 10), again: 20)], sources: ["hall"])
        for second in 0...5 {
            trial.feed(.heard(source: "hall", until: time(Double(second))))
            trial.feed(.tick(at: time(Double(second)), elapsed: 1))
        }
        for second in 1...40 { trial.feed(.tick(at: time(3_605 + Double(second)), elapsed: 1)) }
        // The clock is set back while it lasts.
        for second in 1...10 { trial.feed(.tick(at: time(45 + Double(second)), elapsed: 1)) }
        #expect(
            trial.told == [
                "fired box at 3614.0", "repeated box at 3634.0", "repeated box at 54.0",
            ])
    }

    @Test func drift() {
        var trial = Trial([boxRule(.calibrationDrift(decibels: 0.5))])
        for (start, drift) in [(0.0, 0.4), (10, -0.6), (20, 0)] {
            trial.feed(.heard(source: "hall", until: time(start)))
            trial.feed(.calibration(source: "hall", drift: drift))
        }
        #expect(trial.told == ["fired box at 10.0", "resolved box at 20.0"])
    }
}
