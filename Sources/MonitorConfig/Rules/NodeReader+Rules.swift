internal import Rules
internal import Yams

// The rules as a whole: what they share, and what they say about one another.

extension NodeReader {
    /// All rules, and where each stands, by its name.
    func ruleSet(_ fields: Fields, sources: [String]) -> (RuleSet, [String: RulePlace]) {
        let context = RuleContext(schedules: schedules(fields), sources: sources)
        var names: [String: Int] = [:]
        var readings: [RuleReading] = []
        for node in list("rules", of: fields) ?? [] {
            let reading = rule(node, context)
            reportRepeated("rule", reading.rule.name, node, &names)
            readings.append(reading)
        }
        reportInhibitors(readings)
        let places = readings.map { ($0.rule.name, $0.place) }
        return (
            RuleSet(rules: readings.map(\.rule), limit: globalLimit(fields)),
            Dictionary(places) { first, _ in first }
        )
    }

    private func globalLimit(_ fields: Fields) -> FiringLimit? {
        guard let node = fields.values["alerts"] else { return nil }
        return limit(self.fields(node, "alerts", known: ["at_most"]))
    }

    /// `at_most: {alerts: 5, within: 1h}`
    func limit(_ fields: Fields) -> FiringLimit? {
        guard let node = fields.values["at_most"] else { return nil }
        let fields = self.fields(node, "at_most", known: ["alerts", "within"])
        require(["alerts", "within"], in: fields, "at_most")
        let alerts = integer("alerts", of: fields, in: 1...1_000)
        let within = length("within", of: fields, in: 1...2_592_000)
        guard let count = alerts, let seconds = within else { return nil }
        return FiringLimit(count: count, withinSeconds: seconds)
    }
}

/// What rules may refer to.
struct RuleContext {
    /// By name; `nil` where what stands there is at fault.
    var schedules: [String: Schedule?]
    /// The names of the sources.
    var sources: [String]
}

/// A rule as it was read.
struct RuleReading {
    var rule: Rule
    var place: RulePlace
    /// The names under `unless`.
    var inhibitors: [(name: String, node: Node)] = []
}

// MARK: - unless

extension NodeReader {
    private func reportInhibitors(_ readings: [RuleReading]) {
        let names = readings.map(\.rule.name).filter { !$0.isEmpty }
        let known = Set(names)
        for reading in readings {
            for (name, node) in reading.inhibitors {
                if name == reading.rule.name {
                    fault(node, "a rule cannot stand under its own 'unless'")
                } else if !known.contains(name) {
                    fault(node, "unknown rule '\(name)'; \(hint(name, among: names))")
                }
            }
        }
        reportCircles(readings)
    }

    /// Rules that wait for each other: which one fires would be a matter of chance.
    private func reportCircles(_ readings: [RuleReading]) {
        let graph = InhibitionGraph(readings)
        for circle in graph.circles {
            guard
                let node = readings[circle[0]].inhibitors.first(where: {
                    $0.name == readings[circle[1 % circle.count]].rule.name
                })?.node
            else { continue }
            let names = (circle + [circle[0]]).map { "'\(readings[$0].rule.name)'" }
            fault(
                node,
                "rules stand under each other's 'unless': "
                    + names.joined(separator: " unless "))
        }
    }
}

/// Which rules stand under the `unless` of which.
private struct InhibitionGraph {
    /// [rules]: the rules under the `unless` of each, without itself and without unknown ones.
    private let inhibitors: [[Int]]

    init(_ readings: [RuleReading]) {
        let indices = Dictionary(
            readings.enumerated().map { ($1.rule.name, $0) },
            uniquingKeysWith: { first, _ in first })
        inhibitors = readings.enumerated().map { index, reading in
            reading.inhibitors.compactMap { indices[$0.name] }.filter { $0 != index }
        }
    }

    /// Each rule is in one of them at most; empty only if there is none.
    var circles: [[Int]] {
        var open = entangled
        var circles: [[Int]] = []
        for start in inhibitors.indices where open.contains(start) {
            // Each entangled rule has an entangled one under its `unless`.
            var path: [Int] = []
            var places: [Int: Int] = [:]
            var next: Int? = start
            while let rule = next, places[rule] == nil, open.contains(rule) {
                places[rule] = path.count
                path.append(rule)
                next = inhibitors[rule].first { open.contains($0) }
            }
            open.subtract(path)
            if let rule = next, let first = places[rule] {
                circles.append(Array(path[first...]))
            }
        }
        return circles
    }

    /// The rules that are left when those whose `unless` names none that is left are taken out,
    /// again and again: those of circles, and those that wait for one.
    private var entangled: Set<Int> {
        var waiting = inhibitors.map(\.count)
        var dependents = inhibitors.map { _ in [Int]() }
        for (rule, names) in inhibitors.enumerated() {
            for name in names { dependents[name].append(rule) }
        }
        var free = waiting.indices.filter { waiting[$0] == 0 }
        var left = Set(waiting.indices)
        while let rule = free.popLast() {
            left.remove(rule)
            for dependent in dependents[rule] {
                waiting[dependent] -= 1
                if waiting[dependent] == 0 { free.append(dependent) }
            }
        }
        return left
    }
}
