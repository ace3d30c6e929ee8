import AlertTypes
import LevelTypes
import Testing

@testable import Rules

@Suite struct LevelWindowsTests {
    private func laeq(
        over seconds: Int = 10, above bound: Double, without excluded: Set<String> = [],
        of sources: Set<String> = []
    ) -> LevelCondition {
        LevelCondition(
            quantity: .laeq, windowSeconds: seconds, bound: .above(bound), excluded: excluded,
            sources: sources)
    }

    private func level(_ windows: LevelWindows, _ index: Int = 0, of source: String) -> Double? {
        windows.of(source)?[index].level.map { ($0 * 10).rounded() / 10 }
    }

    /// Rules that differ in their bounds alone measure the same.
    @Test func equalMeasuresShareAWindow() {
        let rules = [
            levelRule(laeq(above: 50)), levelRule(laeq(above: 60)),
            levelRule(laeq(over: 20, above: 60)), levelRule(laeq(above: 60, without: ["bird"])),
        ]
        let kinds = RuleKinds(rules)
        #expect(kinds.measures.count == 3)
        #expect(kinds.levelRules.map { $0?.measure } == [0, 0, 1, 2])
        #expect(kinds.levels.map(\.index) == [0, 1, 2])
        #expect(kinds.labelled.map(\.index) == [3])
    }

    @Test func eachSourceHasItsOwn() {
        let measures = [laeq(above: 0), laeq(above: 0, of: ["yard"])].map { LevelMeasure($0) }
        var windows = LevelWindows(measures)
        windows.push(second(0, 60), of: "hall")
        windows.push(second(0, 70), of: "yard")
        #expect(windows.sources == ["hall", "yard"])
        #expect(level(windows, 0, of: "hall") == 60)
        #expect(level(windows, 1, of: "hall") == nil)
        #expect(level(windows, 0, of: "yard") == 70)
        #expect(level(windows, 1, of: "yard") == 70)
        #expect(windows.of("attic") == nil)
    }

    /// What was measured before goes on after a reload; only what is new learns of the past.
    @Test func thePastIsToldToWhatIsNew() {
        let short = LevelMeasure(laeq(above: 0))
        let long = LevelMeasure(laeq(over: 20, above: 0))
        var windows = LevelWindows([short])
        windows.endPast()
        windows.push(second(0, 60), of: "hall")
        windows = LevelWindows([long, short], goingOnWith: windows)
        #expect(level(windows, 0, of: "hall") == nil)
        #expect(level(windows, 1, of: "hall") == 60)
        windows.push(second(1, 80), of: "hall", isPast: true)
        #expect(level(windows, 0, of: "hall") == 80)
        #expect(level(windows, 1, of: "hall") == 60)
        windows.endPast()
        windows.push(second(2, 80), of: "hall", isPast: true)
        #expect(windows.of("hall")?[0].coverage == 1.0 / 20)
    }

    /// A rule whose bound alone is changed by a reload goes on with what it has measured.
    @Test func anotherBoundIsJudgedByTheSameWindow() {
        var trial = Trial([levelRule(laeq(above: 70))])
        for start in 0..<10 { trial.feed(.level(source: "hall", second(Double(start), 65))) }
        #expect(trial.told.isEmpty)
        var orphans: [Alert] = []
        trial.engine.replaceRules(
            RuleSet(rules: [levelRule(laeq(above: 60))]), orphans: &orphans)
        trial.feed(.level(source: "hall", second(10, 65)))
        #expect(trial.told == ["fired loud at 11.0"])
    }
}
