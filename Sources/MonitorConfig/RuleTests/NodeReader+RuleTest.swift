internal import AlertTypes
internal import Rules
internal import Timekeeping
internal import Yams

// The shape of a file with tests of rules. docs/rules.md describes it.

extension NodeReader {
    /// The longest time on a timeline, in seconds.
    private static let longest = 7 * 86_400.0
    /// 2026-06-15 12:00, a Monday.
    private static let usualStart = "2026-06-15 12:00"

    func ruleTests(_ root: Node?) throws(ConfigurationError) -> RuleTestFile {
        guard let root, let mapping = root.mapping else {
            throw ConfigurationError(
                faults + [
                    ConfigurationFault(file: file, at: nil, "it needs the keys 'rules' and 'tests'")
                ])
        }
        let configuration = try testedConfiguration(root, mapping)
        let names = configuration.rules.map(\.name)
        let nodes = mapping["tests"]?.sequence
        if nodes == nil { fault(mapping["tests"] ?? root, "tests must be a list") }
        return RuleTestFile(
            configuration: configuration, tests: nodes?.map { ruleTest($0, names) } ?? [])
    }

    /// The rules of the file that is named, or those that stand here.
    private func testedConfiguration(
        _ root: Node, _ mapping: Node.Mapping
    ) throws(ConfigurationError) -> Configuration {
        if let node = mapping["rules"], node.scalar != nil, !node.isEmpty {
            _ = fields(root, "a file of tests", known: ["rules", "tests"])
            guard let name = text(node, "rules"), let path = path(name, node, "rules") else {
                return Configuration()
            }
            return try Configuration.load(path: path)
        }
        let pairs = mapping.filter { $0.key.scalar?.string != "tests" }.map { ($0.key, $0.value) }
        return configuration(Node.mapping(Node.Mapping(pairs)))
    }

    private func ruleTest(_ node: Node, _ rules: [String]) -> RuleTest {
        let fields = fields(node, "a test", known: ["name", "start", "timeline", "expect"])
        require(["name", "timeline", "expect"], in: fields, "a test")
        let steps = list("timeline", of: fields)?.flatMap(steps) ?? []
        let expectations = list("expect", of: fields)?.compactMap { expectation($0, rules) } ?? []
        return RuleTest(
            name: text("name", of: fields) ?? "", line: node.position.line, start: start(fields),
            steps: steps, expectations: expectations)
    }

    private func start(_ fields: Fields) -> UTCTime {
        let node = fields.values["start"]
        let written = node.flatMap { text($0, "start") } ?? Self.usualStart
        do {
            return try TimeExpression.parse(written, now: UTCTime(microseconds: 0))
        } catch {
            if let node { fault(node, "start is '\(written)'; accepted is \(Self.usualStart)") }
            return UTCTime(microseconds: 0)
        }
    }
}

// MARK: - The timeline

extension NodeReader {
    private static let kinds = [
        "event", "levels", "gap", "silence", "restart", "clock", "disk", "calibration",
    ]

    private func steps(_ node: Node) -> [RuleTestStep] {
        let fields = fields(
            node, "a step", known: ["at"] + Self.kinds + ["every", "times", "source"])
        guard let kind = choice(ofKeys: Self.kinds, in: fields, "a step"),
            let content = fields.values[kind]
        else { return [] }
        let at = length("at", of: fields, in: 0...Self.longest) ?? 0
        guard let what = what(kind, content, fields) else { return [] }
        let times = integer("times", of: fields, in: 1...1_000) ?? 1
        let every = length("every", of: fields, in: 0.1...Self.longest)
        if times > 1, every == nil { fault(node, "times needs 'every'") }
        return (0..<times).map { index in
            RuleTestStep(at: at + Double(index) * (every ?? 0), what: what)
        }
    }

    private func what(_ kind: String, _ node: Node, _ fields: Fields) -> RuleTestStep.What? {
        let source = text("source", of: fields)
        switch kind {
        case "event": return sound(node).map { .event($0) }
        case "levels": return levels(node).map { .levels($0) }
        case "gap":
            return length(kind, of: fields, in: 0.1...Self.longest).map {
                .gap(seconds: $0, source: source)
            }
        case "silence": return silence(node)
        case "restart":
            return length(kind, of: fields, in: 0...Self.longest).map { .restart(seconds: $0) }
        case "clock": return clock(node)
        case "disk":
            return number(kind, of: fields, in: 0...1).map { .disk($0) }
        default:
            return number(kind, of: fields, in: -20...20).map { .calibration($0, source: source) }
        }
    }

    private func sound(_ node: Node) -> TestSound? {
        let fields = fields(
            node, "event",
            known: [
                "label", "source", "duration", "confidence", "lafmax", "lae", "rise", "retracted",
            ])
        require(["label"], in: fields, "event")
        guard let label = text("label", of: fields) else { return nil }
        var sound = TestSound(label: label)
        sound.source = text("source", of: fields)
        sound.seconds = length("duration", of: fields, in: 0.1...Self.longest) ?? sound.seconds
        sound.confidence = number("confidence", of: fields, in: 0...1) ?? sound.confidence
        sound.lafMaximum = number("lafmax", of: fields, in: -120...160)
        sound.lae = number("lae", of: fields, in: -120...200)
        sound.rise = number("rise", of: fields, in: 0...160)
        sound.isRetracted = truth("retracted", of: fields) ?? false
        return sound
    }

    private func levels(_ node: Node) -> TestLevels? {
        let fields = fields(
            node, "levels",
            known: ["for", "source", "laeq", "lafmax", "lcpeak", "relative", "clipped", "stuck"])
        require(["for", "laeq"], in: fields, "levels")
        guard let seconds = length("for", of: fields, in: 1...Self.longest),
            let laeq = number("laeq", of: fields, in: -160...160)
        else { return nil }
        var levels = TestLevels(seconds: seconds, laeq: laeq)
        levels.source = text("source", of: fields)
        levels.lafMaximum = number("lafmax", of: fields, in: -160...160)
        levels.lcPeak = number("lcpeak", of: fields, in: -160...180)
        levels.isRelative = truth("relative", of: fields) ?? false
        levels.isClipped = truth("clipped", of: fields) ?? false
        levels.isStuck = truth("stuck", of: fields) ?? false
        return levels
    }

    private func silence(_ node: Node) -> RuleTestStep.What? {
        let fields = fields(node, "silence", known: ["for", "rule", "label", "source"])
        require(["for"], in: fields, "silence")
        return length("for", of: fields, in: 1...Self.longest).map { seconds in
            .silence(
                seconds: seconds, rule: text("rule", of: fields),
                label: text("label", of: fields), source: text("source", of: fields))
        }
    }

    /// `+1h`, `-30m`
    private func clock(_ node: Node) -> RuleTestStep.What? {
        guard let text = text(node, "clock") else { return nil }
        guard let sign = text.first, "+-".contains(sign),
            let seconds = Lengths.seconds(String(text.dropFirst())), seconds <= Self.longest
        else {
            fault(node, "clock is '\(text)'; accepted is a sign and a length, such as +1h")
            return nil
        }
        return .clock(seconds: sign == "-" ? -seconds : seconds)
    }
}

// MARK: - What is expected

extension NodeReader {
    private func expectation(_ node: Node, _ rules: [String]) -> RuleExpectation? {
        let occasions = Occasion.allCases.map(\.rawValue)
        let fields = fields(
            node, "an expectation",
            known: ["at"] + occasions + ["nothing", "events", "from", "until"])
        guard let kind = choice(ofKeys: occasions + ["nothing"], in: fields, "an expectation"),
            let content = fields.values[kind]
        else { return nil }
        guard let occasion = Occasion(rawValue: kind) else {
            require(["from", "until"], in: fields, "nothing")
            guard let name = text(content, kind),
                let from = length("from", of: fields, in: 0...Self.longest),
                let until = length("until", of: fields, in: 0...Self.longest)
            else { return nil }
            let rule = name == "any" ? nil : known(name, content, rules)
            return .nothing(from: from, until: until, rule: rule)
        }
        require(["at"], in: fields, "an expectation")
        guard let name = text(content, kind).flatMap({ known($0, content, rules) }),
            let at = length("at", of: fields, in: 0...Self.longest)
        else { return nil }
        return .told(
            occasion, rule: name, at: at, events: integer("events", of: fields, in: 0...1_000_000))
    }

    private func known(_ name: String, _ node: Node, _ rules: [String]) -> String? {
        guard !rules.contains(name) else { return name }
        fault(node, "unknown rule '\(name)'; \(hint(name, among: rules))")
        return nil
    }
}
