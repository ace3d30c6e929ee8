internal import Rules
internal import Yams

// What a rule is about: events, a level, or a state of the box.

extension NodeReader {
    /// The keys of conditions on events.
    private static let eventKeys = [
        "labels", "groups", "minimum_confidence", "minimum_duration", "minimum_lafmax",
        "minimum_lae", "minimum_rise", "on", "at_least", "within",
    ]

    /// The keys of a rule that say what it is about.
    static let conditionKeys = eventKeys + ["level", "state", "sources"]
    static let stateKeys = [
        "no_audio", "dead_microphone", "clipping", "disk_below", "calibration_drift",
    ]

    func condition(
        _ fields: Fields, _ context: RuleContext, _ place: inout RulePlace
    ) -> Condition {
        let sources = sources(fields, context)
        if let node = fields.values["level"] {
            reportForeign(Self.eventKeys + ["state", "group_by"], to: "level", fields)
            let level = self.fields(node, "level", known: Self.levelConditionKeys)
            place.values.merge(level.values.mapValues(\.position)) { rule, _ in rule }
            return self.level(level).map {
                var condition = $0
                condition.sources = sources
                return .level(condition)
            } ?? .event(EventCondition())
        }
        if let node = fields.values["state"] {
            reportForeign(Self.eventKeys + ["group_by"], to: "state", fields)
            let state = self.fields(node, "state", known: Self.stateKeys)
            place.values.merge(state.values.mapValues(\.position)) { rule, _ in rule }
            if let node = fields.values["sources"], state.values["disk_below"] != nil {
                fault(node, "the disk belongs to no source; leave 'sources' out")
            }
            return self.state(state).map { .box(BoxCondition(state: $0, sources: sources)) }
                ?? .event(EventCondition())
        }
        return .event(events(fields, sources))
    }

    private func reportForeign(_ keys: [String], to kind: String, _ fields: Fields) {
        for key in keys {
            guard let node = fields.values[key] else { continue }
            let about = key == "state" ? "states" : "events"
            fault(node, "\(key) is for rules on \(about); this rule has '\(kind)'")
        }
    }

    private func sources(_ fields: Fields, _ context: RuleContext) -> Set<String> {
        guard let names = texts("sources", of: fields, "the name of a source") else { return [] }
        if names.isEmpty, let node = fields.values["sources"] {
            fault(node, "sources must have at least one entry")
        }
        // A source whose own name was refused may be the one that is meant.
        let isComplete = !context.sources.contains("")
        for (name, node) in names where isComplete && !context.sources.contains(name) {
            fault(node, "unknown source '\(name)'; \(hint(name, among: context.sources))")
        }
        return Set(names.map(\.text))
    }
}

// MARK: - Events

extension NodeReader {
    private func events(_ fields: Fields, _ sources: Set<String>) -> EventCondition {
        var result = EventCondition(sources: sources)
        result.labels = labels("labels", of: fields)
        result.groups = Set((list("groups", of: fields) ?? []).compactMap(group))
        result.minimumConfidence =
            number("minimum_confidence", of: fields, in: 0...1) ?? result.minimumConfidence
        result.minimumDurationSeconds =
            length("minimum_duration", of: fields, in: 0...86_400) ?? result.minimumDurationSeconds
        result.minimumLAFmax = number("minimum_lafmax", of: fields, in: -120...160)
        result.minimumLAE = number("minimum_lae", of: fields, in: -120...200)
        result.minimumRise = number("minimum_rise", of: fields, in: 0...100)
        result.isSettledOnly =
            choice("on", of: fields, among: ["announced", "settled"]) == "settled"
        result.count = count(fields)
        return result
    }

    func labels(_ key: String, of fields: Fields) -> Set<String> {
        Set((list(key, of: fields) ?? []).compactMap { label($0, place: .rule) })
    }

    /// `at_least: 3` with `within: 10m`
    private func count(_ fields: Fields) -> EventCount? {
        if let node = fields.values["at_least"], fields.values["within"] == nil {
            fault(node, "at_least needs the key 'within' too")
        }
        if let node = fields.values["within"], fields.values["at_least"] == nil {
            fault(node, "within needs the key 'at_least' too")
        }
        let events = integer("at_least", of: fields, in: 2...EventCount.limit)
        let within = length("within", of: fields, in: 1...604_800)
        guard let events, let seconds = within else { return nil }
        return EventCount(events: events, withinSeconds: seconds)
    }
}

// MARK: - States

extension NodeReader {
    private func state(_ fields: Fields) -> BoxCondition.State? {
        switch choice(ofKeys: Self.stateKeys, in: fields, "state") {
        case "no_audio":
            return length("no_audio", of: fields, in: 5...604_800).map { .noAudio(seconds: $0) }
        case "dead_microphone":
            return length("dead_microphone", of: fields, in: 5...604_800)
                .map { .deadMicrophone(seconds: $0) }
        case "clipping":
            return integer("clipping", of: fields, in: 1...60).map { .clipping(seconds: $0) }
        case "disk_below":
            return share("disk_below", of: fields).map { .diskBelow(share: $0) }
        case "calibration_drift":
            return number("calibration_drift", of: fields, in: 0.1...20)
                .map { .calibrationDrift(decibels: $0) }
        default:
            return nil
        }
    }

    /// `5%`, as a share of 1.
    private func share(_ key: String, of fields: Fields) -> Double? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        guard let match = text.wholeMatch(of: /([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%/),
            let percent = Double(match.1), (0.1...99).contains(percent)
        else {
            fault(node, "\(key) is '\(text)'; accepted is a share from 0.1% to 99%")
            return nil
        }
        return percent / 100
    }
}
