import AlertTypes
import Foundation
import LevelTypes
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Rules about levels.
@Suite struct LevelWindowTests {
    private func laeq(
        over window: Int, _ bound: LevelCondition.Bound, relative: Bool = false,
        without excluded: Set<String> = [], during required: Set<String> = []
    ) -> LevelCondition {
        LevelCondition(
            quantity: .laeq, windowSeconds: window, bound: bound, isRelative: relative,
            excluded: excluded, required: required)
    }

    private func feed(_ trial: inout Trial, _ levels: [Double], from start: Int = 0) {
        for (index, level) in levels.enumerated() {
            trial.feed(.level(source: "hall", second(Double(start + index), level)))
        }
    }

    /// Ten seconds at 70 dB after a quiet minute: over 20 s, LAeq passes 65 dB when the energy of
    /// seven loud seconds is there: 70 + 10 lg(7/20) = 65.4, with six 64.8.
    @Test func theMeanIsOfEnergies() {
        var trial = Trial([levelRule(laeq(over: 20, .above(65)))])
        feed(&trial, Array(repeating: 30, count: 60) + Array(repeating: 70, count: 10))
        #expect(trial.told == ["fired loud at 67.0"])
        #expect(trial.firings[0].alert.readings[0].condition == "LAeq over 20s above 65.0 dB")
        #expect(trial.firings[0].alert.readings[0].value == "65.4 dB")
        feed(&trial, Array(repeating: 30, count: 60), from: 70)
        #expect(trial.told.last == "resolved loud at 84.0")
    }

    /// A loud second leaves nothing behind in the sums when it leaves the window.
    @Test func whatLeavesTheWindowLeavesNoTrace() {
        var trial = Trial([levelRule(laeq(over: 10, .below(-20)))])
        feed(&trial, [140] + Array(repeating: -30, count: 30))
        #expect(trial.told == ["fired loud at 11.0"])
    }

    @Test func holdAndKeepAreHysteresisInTime() {
        var trial = Trial([levelRule(laeq(over: 1, .above(60)), hold: 3, keep: 2)])
        feed(&trial, [70, 70, 50, 70, 70, 70, 70, 50, 70, 50, 50, 50, 50])
        #expect(trial.told == ["fired loud at 7.0", "resolved loud at 12.0"])
    }

    @Test func missingAudioIsUnknown() {
        var trial = Trial([levelRule(laeq(over: 10, .below(40)), hold: 2)])
        // Only four of the last ten seconds are known.
        feed(&trial, Array(repeating: 30, count: 4))
        #expect(trial.firings.isEmpty)
        feed(&trial, [30, 30, 30], from: 4)
        #expect(trial.told == ["fired loud at 7.0"])
        // A gap, and then too little to say that it is loud again.
        trial.feed(.gap(source: "hall", from: time(7), until: time(100)))
        feed(&trial, Array(repeating: 80, count: 4), from: 100)
        #expect(trial.firings.count == 1)
        feed(&trial, Array(repeating: 80, count: 1), from: 104)
        #expect(trial.told.last == "resolved loud at 105.0")
    }

    @Test func aMaximumIsKnownAsSoonAsItIsReached() {
        let condition = LevelCondition(
            quantity: .lafMaximum, windowSeconds: 60, bound: .above(90))
        var trial = Trial([levelRule(condition)])
        feed(&trial, [50, 91] + Array(repeating: 50, count: 80))
        #expect(trial.told == ["fired loud at 2.0", "resolved loud at 62.0"])
    }

    @Test func soundPressureIsUnknownWithoutACalibration() {
        var trial = Trial([
            levelRule(name: "absolute", laeq(over: 2, .below(50))),
            levelRule(name: "relative", laeq(over: 2, .above(-20), relative: true)),
        ])
        for start in 0..<5 {
            trial.feed(
                .level(source: "hall", second(Double(start), -10, scale: .relative)))
        }
        #expect(trial.told == ["fired relative at 1.0"])
    }

    @Test func eachSourceHasItsOwnAlert() {
        var trial = Trial([levelRule(laeq(over: 2, .above(60)))])
        for start in 0..<4 {
            trial.feed(.level(source: "hall", second(Double(start), 70)))
            trial.feed(.level(source: "garden", second(Double(start), start < 2 ? 50 : 70)))
        }
        #expect(trial.firings.map(\.alert.source) == ["hall", "garden"])
        #expect(trial.told == ["fired loud at 1.0", "fired loud at 3.0"])
    }

    @Test(arguments: [
        (LevelCondition.Quantity.lceq, 70.0), (.lzeq, 70), (.lcPeak, 70), (.thirdOctave(1), 73),
    ])
    func quantities(quantity: LevelCondition.Quantity, level: Double) {
        for (bound, fires) in [(level - 0.1, true), (level + 0.1, false)] {
            let condition = LevelCondition(
                quantity: quantity, windowSeconds: 2, bound: .above(bound))
            var trial = Trial([levelRule(condition)])
            feed(&trial, [70, 70, 70])
            #expect(trial.firings.isEmpty == !fires)
        }
    }

    /// L90 of minutes: what is exceeded for 90 % of the time is the quiet minute of two.
    @Test func percentiles() {
        let condition = LevelCondition(
            quantity: .percentile(90), windowSeconds: 120, bound: .above(45))
        var trial = Trial([levelRule(condition)])
        for (minute, level) in [40, 60, 50, 55].enumerated() {
            // Relative to full scale; 100 dB more as a sound pressure level.
            let histogram = LevelHistogram(
                entries: [LevelHistogram.Entry(level: (level - 100) * 10, count: 6_000)])
            trial.feed(.heard(source: "hall", until: time(Double(minute + 1) * 60)))
            trial.feed(
                .minute(
                    source: "hall", start: time(Double(minute) * 60), histogram, calibrated))
        }
        #expect(trial.told == ["fired loud at 180.0"])
    }

    @Test func secondsInWhichALabelWasHeardAreLeftOut() {
        var trial = Trial([levelRule(laeq(over: 10, .above(60), without: ["bird"]))])
        trial.feed(event(label: "bird", onset: 20, heard: 21, isSettled: false))
        trial.feed(event(label: "bird", onset: 20, heard: 25, status: .complete))
        // The bird is loud, and nothing else is.
        feed(&trial, Array(repeating: 40, count: 20) + Array(repeating: 80, count: 5))
        feed(&trial, Array(repeating: 40, count: 20), from: 25)
        #expect(trial.firings.isEmpty)
        feed(&trial, Array(repeating: 80, count: 5), from: 45)
        // Three seconds late, because labels are known only then.
        #expect(trial.told == ["fired loud at 49.0"])
    }

    @Test func onlySecondsInWhichALabelWasHeardCount() {
        var trial = Trial([levelRule(laeq(over: 10, .above(60), during: ["jackhammer"]))])
        feed(&trial, Array(repeating: 80, count: 20))
        #expect(trial.firings.isEmpty)
        trial.feed(event(label: "jackhammer", onset: 20, heard: 24, status: .complete))
        feed(&trial, Array(repeating: 80, count: 30), from: 20)
        #expect(trial.told == ["fired loud at 24.0", "resolved loud at 37.0"])
    }

    @Test func whatIsRetractedLeavesNothingOut() {
        var trial = Trial([levelRule(laeq(over: 4, .above(60), without: ["bird"]))])
        feed(&trial, Array(repeating: 40, count: 10))
        trial.feed(event(label: "bird", onset: 10, heard: 12, isSettled: false))
        trial.feed(event(label: "bird", onset: 10, heard: 12, status: .retracted))
        feed(&trial, Array(repeating: 80, count: 10), from: 10)
        #expect(trial.told == ["fired loud at 14.0"])
    }

    @Test func theWindowIsRefilledAfterARestart() {
        var orphans: [Alert] = []
        let rules = RuleSet(rules: [levelRule(laeq(over: 20, .above(65)))])
        #expect(rules.historySeconds == 20)
        var engine = RuleEngine(rules: rules, orphans: &orphans)
        for start in 0..<19 {
            engine.recall(.level(source: "hall", second(Double(start), 70)))
        }
        _ = engine.process(.began(source: "hall", at: time(22)))
        #expect(engine.process(.level(source: "hall", second(22, 40))).firings.count == 1)
    }

    /// A rule that comes with a reload knows which labels were heard before.
    @Test func theWindowOfANewRuleLeavesOutLabels() {
        var trial = Trial([])
        trial.feed(.heard(source: "hall", until: time(20)))
        let condition = laeq(over: 10, .above(60), without: ["bird"])
        var orphans: [Alert] = []
        trial.engine.replaceRules(RuleSet(rules: [levelRule(condition)]), orphans: &orphans)
        trial.engine.recall(
            .event(event(label: "bird", onset: 6, heard: 15, status: .complete)))
        for start in 0..<20 {
            trial.engine.recall(.level(source: "hall", second(Double(start), start < 15 ? 80 : 40)))
        }
        trial.feed(.level(source: "hall", second(20, 40)))
        #expect(trial.firings.isEmpty)
    }

    /// Any sequence of levels: the window agrees with sums made anew each second.
    @Test(arguments: 1...5)
    func theWindowAgreesWithANaiveOne(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let window = Int.random(in: 1...40, using: &random)
        var trial = Trial([levelRule(laeq(over: window, .above(60)))])
        var powers: [Double?] = []
        var isLoud = false
        for start in 0..<600 {
            let level = Double.random(in: 30...75, using: &random)
            let isMissing = Double.random(in: 0..<1, using: &random) < 0.2
            powers.append(isMissing ? nil : Decibels.power(level: level))
            if isMissing {
                trial.feed(
                    .gap(
                        source: "hall", from: time(Double(start)), until: time(Double(start + 1))))
                continue
            }
            trial.feed(.level(source: "hall", second(Double(start), level)))
            let known = powers.suffix(window).compactMap(\.self)
            if Double(known.count) / Double(window) >= 0.5 {
                isLoud = 10 * log10(known.reduce(0, +) / Double(known.count)) > 60
            }
            let fired = trial.firings.count { $0.occasion == .fired }
            let resolved = trial.firings.count { $0.occasion == .resolved }
            #expect((fired > resolved) == isLoud, "seed \(seed), second \(start)")
        }
        #expect(!trial.firings.isEmpty)
    }
}
