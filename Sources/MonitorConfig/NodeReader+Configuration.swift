internal import Rules
internal import SoundTypes
internal import SourceTypes
internal import Timekeeping
internal import Tracking
internal import Yams

// The shape of the file, from the top down. `docs/configuration.md` and `etc/monitord.yaml` list
// the same keys.

extension NodeReader {
    func configuration(_ root: Node?) -> Configuration {
        var result = Configuration(file: file)
        guard let root else { return result }
        let fields = fields(
            root, "the configuration",
            known: [
                "database", "model", "taught", "sources", "tracking", "loud", "pictures", "rules",
                "hooks",
                "log_level",
            ])
        if let database = path("database", of: fields) {
            result.database = database
            let folder = database.lastIndex(of: "/").map { database[...$0] } ?? ""
            result.taught = "\(folder)taught"
        }
        result.model = path("model", of: fields)
        result.taught = path("taught", of: fields) ?? result.taught
        result.sources = sources(fields) ?? result.sources
        if let node = fields.values["tracking"] {
            result.tracking = tracking(node, uses: &result.labelUses)
        }
        result.loud = fields.values["loud"].map(loud)
        if let node = fields.values["pictures"] { result.pictures = pictures(node) }
        result.rules = rules(
            fields, uses: &result.labelUses, positions: &result.commandPositions)
        if let node = fields.values["hooks"] { result.hooks = hooks(node) }
        if let level = choice("log_level", of: fields, among: LogLevel.allCases.map(\.rawValue)) {
            result.logLevel = LogLevel(rawValue: level) ?? result.logLevel
        }
        return result
    }

    private func path(_ key: String, of fields: Fields) -> String? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        return path(text, node, key)
    }

    /// `off`, or a mapping.
    private func pictures(_ node: Node) -> PictureConfiguration {
        if node.scalar?.string == "off" { return PictureConfiguration(keptBytes: 0) }
        guard node.mapping != nil || node.isEmpty else {
            fault(node, "pictures must be 'off' or have the keys 'keep' and 'speech'")
            return PictureConfiguration()
        }
        let fields = fields(node, "pictures", known: ["keep", "speech"])
        var result = PictureConfiguration()
        result.keptBytes =
            size("keep", of: fields, in: 1_000_000...1_000_000_000_000) ?? result.keptBytes
        result.ofSpeech = truth("speech", of: fields) ?? result.ofSpeech
        return result
    }

    private func truth(_ key: String, of fields: Fields) -> Bool? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            fault(node, "\(key) is '\(text)'; accepted is true or false")
            return nil
        }
    }

    private func hooks(_ node: Node) -> HookConfiguration {
        var result = HookConfiguration()
        let fields = fields(node, "hooks", known: ["concurrency", "queue", "grace"])
        result.concurrency =
            integer("concurrency", of: fields, in: 1...64) ?? result.concurrency
        result.queue = integer("queue", of: fields, in: 0...10_000) ?? result.queue
        result.grace =
            length("grace", of: fields, in: 0...300).map { .seconds($0) } ?? result.grace
        return result
    }
}

extension NodeReader {
    private func sources(_ fields: Fields) -> [SourceConfiguration]? {
        guard let nodes = list("sources", of: fields) else { return nil }
        if nodes.isEmpty, let node = fields.values["sources"] {
            fault(node, "sources must have at least one entry")
        }
        var names: [String: Int] = [:]
        var standardInput: Int?
        return nodes.map { node in
            let source = source(node)
            reportRepeated("source", source.name, node, &names)
            if source.input == .standardInput {
                if let first = standardInput {
                    fault(node, "stdin is already the input of the source in line \(first)")
                }
                standardInput = node.position.line
            }
            return source
        }
    }

    private func source(_ node: Node) -> SourceConfiguration {
        let fields = fields(
            node, "a source",
            known: ["name", "input", "channel", "rate", "stream"] + Self.levelKeys)
        for key in ["name", "input"] where fields.values[key] == nil {
            fault(node, "a source needs the key '\(key)'")
        }
        var result = SourceConfiguration(name: name("name", of: fields) ?? "")
        result.input = input(fields) ?? result.input
        result.rate = rate(of: fields)
        if let rate = fields.values["rate"], !result.input.isDevice {
            fault(rate, "rate is for alsa inputs; other inputs have a rate of their own")
        }
        if let node = fields.values["stream"] {
            if result.input != .standardInput { fault(node, "stream is for the input stdin only") }
            result.stream = stream(node)
        }
        let channels = result.input == .standardInput ? result.stream.channels : 64
        result.channel = integer("channel", of: fields, in: 1...channels) ?? 1
        result.levels = levels(fields)
        return result
    }

    private static let levelKeys = ["full_scale_db", "microphone_correction", "noise_floor_db"]

    private func levels(_ fields: Fields) -> LevelConfiguration {
        LevelConfiguration(
            fullScaleDecibels: number("full_scale_db", of: fields, in: 40...180),
            microphoneCorrection: path("microphone_correction", of: fields),
            noiseFloorDecibels: number("noise_floor_db", of: fields, in: -160...140))
    }

    private func rate(of fields: Fields) -> SampleRate? {
        integer("rate", of: fields, in: SampleRate.accepted).flatMap { SampleRate(hertz: $0) }
    }

    private func input(_ fields: Fields) -> SourceSpecification? {
        guard let node = fields.values["input"], let text = text(node, "input") else { return nil }
        do throws(SourceSpecificationError) {
            guard case .file(let name) = try SourceSpecification(parsing: text) else {
                return try SourceSpecification(parsing: text)
            }
            return path(name, node, "input").map { .file($0) }
        } catch {
            fault(
                node, "input is '\(text)'; accepted is alsa:NAME, file:PATH or stdin\(error.hint)")
            return nil
        }
    }

    private func stream(_ node: Node) -> StreamFormat {
        let fields = fields(node, "stream", known: ["format", "rate", "channels"])
        var result = StreamFormat()
        let formats = PCMFormat.allCases.map(\.rawValue)
        if let format = choice("format", of: fields, among: formats) {
            result.format = PCMFormat(rawValue: format) ?? result.format
        }
        result.sampleRate = rate(of: fields) ?? result.sampleRate
        result.channels = integer("channels", of: fields, in: 1...64) ?? result.channels
        return result
    }

    private func reportRepeated(
        _ what: String, _ name: String, _ node: Node, _ names: inout [String: Int]
    ) {
        guard !name.isEmpty else { return }
        if let first = names[name] {
            fault(node, "\(what) '\(name)' is already defined in line \(first)")
        } else {
            names[name] = node.position.line
        }
    }
}

extension NodeReader {
    private static let trackingKeys = [
        "sensitivity", "on", "off", "announce", "announce_window", "smoothing",
        "minimum_duration", "merge_gap", "maximum_duration",
    ]

    private func tracking(_ node: Node, uses: inout [LabelUse]) -> TrackingParameters {
        let fields = fields(node, "tracking", known: Self.trackingKeys + ["labels"])
        var result = TrackingParameters()
        result.common = overrides(fields)
        let common = result.common.applied(to: LabelParameters())
        check(common, fields)
        guard let labels = fields.values["labels"] else { return result }
        guard let mapping = labels.mapping else {
            fault(labels, "labels must be a mapping of labels to their settings")
            return result
        }
        for (key, value) in mapping where !key.isRenamedKey {
            guard let label = text(key, "a label") else { continue }
            uses.append(LabelUse(label: label, position: key.position, place: .tracking))
            let fields = self.fields(value, "label '\(label)'", known: Self.trackingKeys)
            let overrides = overrides(fields)
            check(overrides.applied(to: common), fields)
            result.labels[label] = overrides
        }
        return result
    }

    private func overrides(_ fields: Fields) -> LabelOverrides {
        LabelOverrides(
            sensitivity: choice(
                "sensitivity", of: fields, among: Sensitivity.allCases.map(\.rawValue)
            ).flatMap { Sensitivity(rawValue: $0) },
            onThreshold: number("on", of: fields, in: 0...1).map { Float($0) },
            offThreshold: number("off", of: fields, in: 0...1).map { Float($0) },
            announceThreshold: number("announce", of: fields, in: 0...1).map { Float($0) },
            announceSeconds: length("announce_window", of: fields, in: 0...10),
            smoothingSeconds: length("smoothing", of: fields, in: 0...10),
            minimumDurationSeconds: length("minimum_duration", of: fields, in: 0...60),
            mergeGapSeconds: length("merge_gap", of: fields, in: 0...60),
            maximumDurationSeconds: length("maximum_duration", of: fields, in: 1...86_400))
    }

    /// Reports values that are valid individually but not together. A mapping that sets none of
    /// them has inherited the fault, which is reported where they are set.
    private func check(_ parameters: LabelParameters, _ fields: Fields) {
        do throws(TrackingError) {
            try parameters.validate()
        } catch {
            let keys: [String] =
                switch error {
                case .offAboveOn, .thresholdOutOfRange: ["off", "on"]
                case .maximumTooShort, .lengthOutOfRange:
                    ["maximum_duration", "merge_gap", "minimum_duration"]
                case .noLoudThreshold, .levelOutOfRange: []
                }
            guard let node = keys.lazy.compactMap({ fields.values[$0] }).first else { return }
            fault(node, error.description)
        }
    }
}

extension NodeReader {
    private func loud(_ node: Node) -> LoudParameters {
        let fields = fields(
            node, "loud",
            known: [
                "above", "above_background", "hysteresis", "minimum_duration", "hold",
                "maximum_duration",
            ])
        var result = LoudParameters(
            absoluteDecibels: number("above", of: fields, in: LoudParameters.acceptedLevels),
            aboveBackgroundDecibels: number(
                "above_background", of: fields, in: LoudParameters.acceptedRises))
        result.hysteresisDecibels =
            number("hysteresis", of: fields, in: LoudParameters.acceptedHysteresis)
            ?? result.hysteresisDecibels
        result.minimumDurationSeconds =
            length("minimum_duration", of: fields, in: 0...60) ?? result.minimumDurationSeconds
        result.holdSeconds = length("hold", of: fields, in: 0...60) ?? result.holdSeconds
        result.maximumDurationSeconds =
            length("maximum_duration", of: fields, in: 1...86_400) ?? result.maximumDurationSeconds
        check(result, fields)
        return result
    }

    /// Reports what is missing, and values that are valid individually but not together. A value
    /// that was refused has already been reported.
    private func check(_ parameters: LoudParameters, _ fields: Fields) {
        do throws(TrackingError) {
            try parameters.validate()
        } catch .noLoudThreshold {
            let hasThreshold = ["above", "above_background"].contains { fields.values[$0] != nil }
            if !hasThreshold, fields.node.mapping != nil {
                fault(fields.node, "loud needs the key 'above' or 'above_background', or both")
            }
        } catch {
            let nodes = ["maximum_duration", "hold", "minimum_duration"].compactMap {
                fields.values[$0]
            }
            guard let node = nodes.first else { return }
            fault(node, error.description)
        }
    }
}

extension NodeReader {
    private func rules(
        _ fields: Fields, uses: inout [LabelUse], positions: inout [String: Position]
    ) -> [Rule] {
        var names: [String: Int] = [:]
        var rules: [Rule] = []
        for node in list("rules", of: fields) ?? [] {
            let rule = rule(node, uses: &uses, positions: &positions)
            reportRepeated("rule", rule.name, node, &names)
            rules.append(rule)
        }
        return rules
    }

    private func rule(
        _ node: Node, uses: inout [LabelUse], positions: inout [String: Position]
    ) -> Rule {
        let fields = fields(
            node, "a rule",
            known: [
                "name", "labels", "minimum_confidence", "minimum_duration", "cooldown", "command",
                "shell", "timeout",
            ])
        if fields.values["name"] == nil { fault(node, "a rule needs the key 'name'") }
        var result = Rule(
            name: name("name", of: fields) ?? "",
            command: command(fields) ?? .arguments([]))
        positions[result.name] = (fields.values["command"] ?? fields.values["shell"])?.position
        for element in list("labels", of: fields) ?? [] {
            guard let label = text(element, "a label") else { continue }
            result.labels.insert(label)
            uses.append(LabelUse(label: label, position: element.position, place: .rule))
        }
        result.minimumConfidence =
            number("minimum_confidence", of: fields, in: 0...1) ?? result.minimumConfidence
        result.minimumDurationSeconds =
            length("minimum_duration", of: fields, in: 0...86_400)
            ?? result.minimumDurationSeconds
        result.cooldownSeconds =
            length("cooldown", of: fields, in: 0...2_592_000) ?? result.cooldownSeconds
        result.timeoutSeconds =
            length("timeout", of: fields, in: 0.1...3_600) ?? result.timeoutSeconds
        return result
    }

    private func command(_ fields: Fields) -> HookCommand? {
        switch (fields.values["command"], fields.values["shell"]) {
        case (nil, nil):
            fault(fields.node, "a rule needs the key 'command' or 'shell'")
            return nil
        case (_?, let shell?):
            fault(shell, "a rule has either 'command' or 'shell', not both")
            return nil
        case (nil, _?):
            return text("shell", of: fields).map { .shell($0) }
        case (let node?, nil):
            return arguments(node, fields)
        }
    }

    private func arguments(_ node: Node, _ fields: Fields) -> HookCommand? {
        guard let elements = node.sequence else {
            fault(
                node,
                "command must be a list such as [/usr/local/bin/notify, --loud]; "
                    + "a command line goes under 'shell'")
            return nil
        }
        var words: [String] = []
        for (index, element) in elements.enumerated() {
            // An argument may be empty; the program may not.
            if index > 0, let word = element.scalar?.string, word.isEmpty {
                words.append(word)
            } else {
                words.append(text(element, "an element of command") ?? "")
            }
        }
        guard let program = words.first else {
            fault(node, "command is empty; its first element is the program")
            return nil
        }
        if program.contains("/"), !program.hasPrefix("/") {
            fault(
                elements[0],
                "program '\(program)' must be an absolute path, or a name that is found in PATH")
        }
        return .arguments(words)
    }
}
