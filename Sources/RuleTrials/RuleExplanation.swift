public import AlertTypes
public import Database
public import EventStore
internal import HostSystem
internal import MonitorConfig
public import Rules
internal import SoundTypes
public import Timekeeping

/// Why a rule fired, or did not fire, at a time: what a replay of the past found.
public struct RuleExplanation: Sendable {
    /// How far around the time the reason is looked for, in seconds.
    public static let reach = 30.0
    /// How far the replay goes back at least, in seconds.
    private static let shortestPast = 86_400.0

    public let rule: Rule
    public let at: UTCTime
    /// The alerts that lasted at the time, or began close to it.
    public private(set) var alerts: [Alert] = []
    /// How things stood at the moment at which most of what it asks for was met, and when that was.
    public private(set) var moment: (verdict: RuleVerdict, at: UTCTime)?
    /// Sources of which what the rule needs was not heard at the time, and why.
    public private(set) var missing: [(source: String, why: String)] = []
    /// The highest stored score of each of its labels, for a rule without an event.
    public private(set) var scores: [(label: String, source: String, at: UTCTime, score: Double)] =
        []
    /// Whether nothing at all is known of the time before.
    public let isPastEmpty: Bool

    /// - Parameters:
    ///   - rules: all rules, groups resolved; one has this name
    ///   - sources: those of the configuration
    public init(
        _ rule: Rule, at time: UTCTime, among rules: RuleSet, sources: [String],
        reading reader: EventReader, onProgress: (Double) -> Void = { _ in }
    ) throws(StoreError) {
        (self.rule, at) = (rule, time)
        let until = time.adding(seconds: Self.reach)
        let since = time.adding(seconds: -max(Self.shortestPast, rules.longestMemory))
        let past = try StoredPast(reader, since: since, until: until, for: [rules])
        isPastEmpty = past.isEmpty
        let own = rule.condition.sources
        let concerned = sources.filter { own.isEmpty || own.contains($0) }
        missing = try Self.missing(concerned, rule, at: time, reader)
        try replay(past, rules, onProgress)
        if case .event(let condition) = rule.condition, moment == nil {
            for source in concerned {
                for label in condition.labels.sorted() { try look(label, source, reader) }
            }
        }
    }

    /// The alert that lasted at the time.
    public var lasting: Alert? {
        alerts.last { $0.firedAt <= at && at < $0.resolvedAt ?? at.adding(seconds: 1) }
    }

    // MARK: Finding out

    private mutating func replay(
        _ past: StoredPast, _ rules: RuleSet, _ onProgress: (Double) -> Void
    ) throws(StoreError) {
        var trial = RuleTrial(rules)
        var best: (rank: (Int, Int, Double), verdict: RuleVerdict, at: UTCTime)?
        let (rule, time) = (rule, at)
        try past.tell(
            historySeconds: trial.historySeconds, onProgress: onProgress,
            recall: { trial.recall($0) },
            { observation, now in
                trial.take(observation)
                let distance = abs(now.seconds(since: time))
                guard distance <= Self.reach, let verdict = trial.verdict(of: rule.name),
                    verdict.isAbout(rule, since: time.adding(seconds: -Self.reach))
                else { return }
                let leading = verdict.checks.prefix { $0.isMet == true }.count
                let rank = (leading, verdict.checks.count { $0.isMet == true }, -distance)
                if let best, best.rank >= rank { return }
                best = (rank, verdict, now)
            })
        moment = best.map { ($0.verdict, $0.at) }
        alerts = trial.alerts.filter { alert in
            let end = alert.resolvedAt ?? time.adding(seconds: 1)
            return alert.rule == rule.name && alert.firedAt <= time.adding(seconds: Self.reach)
                && end > time.adding(seconds: -Self.reach)
        }
    }

    private static func missing(
        _ sources: [String], _ rule: Rule, at time: UTCTime, _ reader: EventReader
    ) throws(StoreError) -> [(source: String, why: String)] {
        let next = time.adding(seconds: 1)
        let sessions = try reader.sessions(since: time, until: next)
        let gaps = try reader.gaps(since: time, until: next)
        return sources.compactMap { source in
            guard sessions.contains(where: { $0.source == source }) else {
                return (source, "it was not listened to")
            }
            let own = gaps.filter { $0.source == source && rule.condition.misses($0.cause) }
            return (own.first { !$0.cause.isPartial } ?? own.first).map { gap in
                let (start, end) = (gap.start.localDescription, gap.end.localDescription)
                return (source, "\(gap.cause.name) from \(start) to \(end)")
            }
        }
    }

    private mutating func look(
        _ label: String, _ source: String, _ reader: EventReader
    ) throws(StoreError) {
        var highest: (score: Double, at: UTCTime)?
        try reader.forEachSecondScores(
            source: source, since: at.adding(seconds: -Self.reach),
            until: at.adding(seconds: Self.reach), label: label
        ) { scores in
            let score = scores.maximum(0)
            if score > highest?.score ?? -1 { highest = (score, scores.start) }
        }
        if let highest { scores.append((label, source, highest.at, highest.score)) }
    }
}

extension RuleVerdict {
    /// Whether it is about what was heard then, and not about an event of long ago.
    fileprivate func isAbout(_ rule: Rule, since earliest: UTCTime) -> Bool {
        guard case .event = rule.condition else { return true }
        return event.map { $0.heardUntil >= earliest } ?? false
    }
}

extension RuleSet {
    /// How far back something can still matter, in seconds.
    fileprivate var longestMemory: Double {
        let limits = rules.map(\.limit) + [limit]
        return rules.reduce(limits.compactMap { $0?.withinSeconds }.max() ?? 0) { longest, rule in
            var own = max(rule.cooldownSeconds, rule.holdSeconds + rule.keepFiringSeconds)
            if case .event(let condition) = rule.condition {
                own = max(own, condition.count?.withinSeconds ?? 0)
            }
            return max(longest, own)
        }
    }
}

// MARK: - Words

extension RuleExplanation {
    /// For people.
    ///
    /// - Parameter thresholds: the scores that make an event, by label
    public func text(thresholds: [String: Double]) -> String {
        let time = at.localDescription
        var lines: [String] = []
        if let alert = lasting {
            lines.append(
                "\(rule.name) was firing at \(time): since \(alert.firedAt.localDescription)")
            lines += alert.readings.map { "  yes      \($0.condition): \($0.value)" }
        } else if let (verdict, moment) = moment {
            if let reason = verdict.firstUnmet {
                let verb = reason.isMet == nil ? "is not known" : "is not met"
                lines.append("\(rule.name) did not fire at \(time)")
                lines.append("what \(verb): \(reason.condition) (found: \(reason.value))")
            } else {
                lines.append("\(rule.name) met all that it asks for close to \(time)")
            }
            lines.append("at \(moment.localDescription), when most was met:")
            lines += verdict.checks.map { check in
                let met = check.isMet.map { $0 ? "yes    " : "no     " } ?? "unknown"
                return "  \(met)  \(check.condition): \(check.value)"
            }
            if let event = verdict.event { lines.append("  \(words(event))") }
        } else {
            lines.append("\(rule.name) did not fire at \(time)")
            lines.append(emptyReason)
            lines += scores.map { words($0, threshold: thresholds[$0.label]) }
        }
        for alert in alerts where alert != lasting {
            lines.append("close to then it fired: \(alert.firedAt.localDescription)")
        }
        for (source, why) in missing {
            lines.append("not known of \(source): \(why)")
        }
        return lines.map { printable($0) + "\n" }.joined()
    }

    private var emptyReason: String {
        guard case .event(let condition) = rule.condition else {
            return "nothing is known of the 30 s before and after"
        }
        let labels = condition.labels.sorted().joined(separator: ", ")
        return "no event of \(labels.isEmpty ? "any label" : labels) within 30 s"
    }

    private func words(
        _ found: (label: String, source: String, at: UTCTime, score: Double), threshold: Double?
    ) -> String {
        let score = fixedPoint(found.score, places: 2) ?? "-"
        let needed = threshold.flatMap { fixedPoint($0, places: 2) }.map {
            "; an event begins at \($0)"
        }
        return "  the highest score of \(found.label) at \(found.source): \(score) at "
            + found.at.localDescription + (needed ?? "")
    }

    private func words(_ event: AlertEvent) -> String {
        let state = event.isRetracted ? ", retracted" : ""
        return "event \(event.id): \(event.label) at \(event.source), "
            + "\(event.onset.localDescription) to \(event.heardUntil.localDescription)\(state)"
    }

}

extension Condition {
    /// Whether a gap of this cause hides something that it asks for.
    fileprivate func misses(_ cause: GapCause) -> Bool {
        switch (self, cause) {
        case (.event, .unrecognised): true
        case (.level, .unrecognised): !labels.isEmpty
        case (.level(let condition), .withoutBands): condition.quantity.isBand
        case (_, _): !cause.isPartial
        }
    }
}

extension LevelCondition.Quantity {
    fileprivate var isBand: Bool {
        if case .thirdOctave = self { true } else { false }
    }
}
