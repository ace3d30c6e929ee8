internal import AlertTypes
public import MonitorConfig
public import Rules
internal import Timekeeping

/// What a test of rules found.
public struct RuleTestResult: Sendable {
    /// How far a time may be from what is expected, in seconds.
    private static let tolerance = 1.0

    public let test: RuleTest
    /// What is expected and did not happen, and what happened and is not expected, in the order of
    /// time, in the manner of diff.
    public private(set) var differences: [String] = []

    public var isPassed: Bool { differences.isEmpty }

    /// Something that the owner would have been told, in seconds from the start.
    private struct Told {
        var at: Double
        var occasion: Occasion
        var rule: String
        var events: Int

        var text: String {
            let count = events == 1 ? "1 event" : "\(events) events"
            return "\(Lengths.text(at)): \(occasion.rawValue) \(rule), \(count)"
        }
    }

    /// Runs a test.
    ///
    /// - Parameters:
    ///   - rules: groups resolved
    ///   - sources: those of the configuration, at least one
    public init(_ test: RuleTest, rules: RuleSet, sources: [String]) {
        self.test = test
        compare(Self.run(test, rules, sources))
    }

    private static func run(
        _ test: RuleTest, _ rules: RuleSet, _ sources: [String]
    ) -> [Told] {
        let timeline = TestTimeline(test, sources: sources, rules: rules)
        var trial = RuleTrial(rules, sources: Set(sources))
        var told: [Told] = []
        var past: [Observation] = []
        timeline.chunk.inOrder { observation, time in
            let seconds = time.seconds(since: test.start)
            if case .began(sources[0], _) = observation, seconds > 0 {
                // All sources begin again at once; this one is told first.
                trial.restart(after: past, sources)
            }
            let known = trial.notices.count
            trial.take(observation)
            for notice in trial.notices[known...] {
                let alert = trial.alert(notice)
                told.append(
                    Told(
                        at: seconds, occasion: notice.occasion, rule: alert.rule,
                        events: alert.eventCount))
            }
            past.append(observation)
        }
        return told
    }

    private mutating func compare(_ told: [Told]) {
        var found: [(at: Double, text: String)] = []
        var left = told
        var occasions: Set<Occasion> = [.fired]
        for expectation in test.expectations {
            guard case .told(let occasion, let rule, let at, let events) = expectation else {
                continue
            }
            occasions.insert(occasion)
            let index = left.firstIndex {
                $0.occasion == occasion && $0.rule == rule
                    && abs($0.at - at) <= Self.tolerance && events ?? $0.events == $0.events
            }
            if let index {
                left.remove(at: index)
            } else {
                let count = events.map { ", \($0) events" } ?? ""
                found.append(
                    (at, "- \(Lengths.text(at)): \(occasion.rawValue) \(rule)\(count)"))
            }
        }
        found += left.filter { occasions.contains($0.occasion) }.map { ($0.at, "+ \($0.text)") }
        for case .nothing(let from, let until, let rule) in test.expectations {
            found += told.filter {
                (from...max(from, until)).contains($0.at) && rule ?? $0.rule == $0.rule
            }.map {
                ($0.at, "+ \($0.text), where nothing is expected")
            }
        }
        differences = found.sorted { $0.at < $1.at }.map(\.text)
    }
}
