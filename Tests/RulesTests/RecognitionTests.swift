import SoundTypes
import Testing
import Timekeeping

@testable import Rules

/// Seconds in which a source is heard, but no sounds are looked for.
@Suite struct RecognitionTests {
    /// An event ends where they begin; nobody knows whether the sound does.
    @Test func whatIsNotLookedForResolvesNothing() {
        var trial = Trial([rule(by: .label, keep: 5, cooldown: 0)])
        trial.feed(event(heard: 3))
        trial.feed(event(heard: 4, status: .complete))
        trial.feed(.recognition(source: "hall", isOn: false, at: time(4)))
        for end in 5...60 {
            trial.feed(.level(source: "hall", second(Double(end - 1), 50)))
            trial.feed(.heard(source: "hall", until: time(Double(end))))
        }
        #expect(trial.told == ["fired alert at 3.0"])
        trial.feed(.recognition(source: "hall", isOn: true, at: time(60)))
        trial.hear(until: 64, from: 61)
        #expect(trial.told == ["fired alert at 3.0"])
        trial.hear(until: 70, from: 65)
        #expect(trial.told.last == "resolved alert at 65.0")
    }

    /// The levels are measured, and the source is not lost.
    @Test func rulesAboutLevelsAndTheBoxGoOn() {
        let laeq = LevelCondition(quantity: .laeq, windowSeconds: 2, bound: .above(60))
        var trial = Trial([
            levelRule(laeq), boxRule(.noAudio(seconds: 10)),
        ])
        trial.feed(.level(source: "hall", second(0, 50)))
        trial.feed(.recognition(source: "hall", isOn: false, at: time(1)))
        for start in 1..<40 {
            trial.feed(.level(source: "hall", second(Double(start), start < 20 ? 50 : 70)))
            trial.feed(.heard(source: "hall", until: time(Double(start + 1))))
            trial.feed(.tick(at: time(Double(start + 1)), elapsed: 1))
        }
        #expect(trial.told == ["fired loud at 21.0"])
    }

    /// Loud sounds are found by their level.
    @Test func rulesAboutLoudSoundsGoOn() {
        let loud = EventCondition(labels: [SoundEvent.loudLabel])
        let twice = EventCondition(
            labels: [SoundEvent.loudLabel], count: EventCount(events: 2, withinSeconds: 30))
        var trial = Trial([
            rule(loud, by: .label, cooldown: 0),
            rule(name: "twice", twice, by: .rule, cooldown: 0),
        ])
        trial.feed(.heard(source: "hall", until: time(1)))
        trial.feed(.recognition(source: "hall", isOn: false, at: time(2)))
        for id in 1...2 {
            let onset = Double(id) * 5
            let (begun, ended) = (
                event(id: Int64(id), label: "loud", onset: onset, heard: onset + 0.5),
                event(
                    id: Int64(id), label: "loud", onset: onset, heard: onset + 1,
                    status: .complete)
            )
            trial.feed(begun)
            trial.feed(ended)
            trial.hear(until: onset + 4, from: onset + 2)
        }
        #expect(
            trial.told == [
                "fired alert at 5.5", "resolved alert at 6.0", "fired alert at 10.5",
                "fired twice at 10.5", "resolved alert at 11.0",
            ])
    }

    /// What had been quiet before they began counts; what comes in between does not.
    @Test func theTimeThatWasHeardCounts() {
        var trial = Trial([rule(by: .label, keep: 20, cooldown: 0)])
        trial.feed(event(heard: 3))
        trial.feed(event(heard: 4, status: .complete))
        trial.hear(until: 14, from: 5)
        trial.feed(.recognition(source: "hall", isOn: false, at: time(14)))
        trial.hear(until: 44, from: 15)
        #expect(trial.told.count == 1)
        trial.feed(.recognition(source: "hall", isOn: true, at: time(44)))
        trial.hear(until: 70, from: 45)
        let resolved = trial.told.last ?? ""
        #expect(resolved.hasPrefix("resolved alert at 5"), "\(resolved)")
        #expect(["resolved alert at 54.0", "resolved alert at 55.0"].contains(resolved))
    }

    /// Of such seconds nobody knows whether a sound keeps them from counting, or lets them count.
    @Test(arguments: [true, false])
    func secondsChosenByTheirSoundsAreUnknown(isExcluded: Bool) {
        var condition = LevelCondition(quantity: .laeq, windowSeconds: 5, bound: .above(60))
        if isExcluded { condition.excluded = ["rain"] } else { condition.required = ["rain"] }
        var trial = Trial([levelRule(condition)])
        trial.feed(.level(source: "hall", second(0, 50)))
        if !isExcluded {
            // It rains loudly, and the rule fires.
            for start in 1..<12 {
                trial.feed(event(label: "rain", onset: 0, heard: Double(start + 1)))
                trial.feed(.level(source: "hall", second(Double(start), 70)))
            }
            trial.feed(event(label: "rain", onset: 0, heard: 12, status: .complete))
            #expect(trial.told.count == 1)
        }
        let told = trial.told
        trial.feed(.recognition(source: "hall", isOn: false, at: time(12)))
        for start in 12..<60 { trial.feed(.level(source: "hall", second(Double(start), 70))) }
        #expect(trial.told == told, "neither fired nor resolved")
        trial.feed(.recognition(source: "hall", isOn: true, at: time(60)))
        for start in 60..<80 { trial.feed(.level(source: "hall", second(Double(start), 70))) }
        #expect(trial.told.count == told.count + 1, "\(trial.told)")
    }

    /// An alert that was told again in a gap, though it was over, would be told too often.
    @Test func whatEndedInAGapIsNotToldAgain() {
        var again = rule(by: .label, keep: 0, cooldown: 0)
        again.repeatSeconds = 60
        var trial = Trial([again])
        trial.feed(event(heard: 3))
        trial.feed(event(heard: 4, status: .complete))
        trial.feed(.gap(source: "hall", from: time(4), until: time(300)))
        trial.hear(until: 310, from: 301)
        #expect(trial.told.count == 2, "\(trial.told)")
        #expect(trial.told.last?.hasPrefix("resolved") == true)
    }

    /// A source that is opened again looks for sounds again.
    @Test func anotherBeginningRecognises() {
        var trial = Trial([rule(by: .label, keep: 5, cooldown: 0)])
        trial.feed(event(heard: 3))
        trial.feed(.recognition(source: "hall", isOn: false, at: time(4)))
        trial.feed(.began(source: "hall", at: time(10)))
        trial.hear(until: 20, from: 11)
        #expect(trial.told.count == 2, "\(trial.told)")
    }
}
