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
