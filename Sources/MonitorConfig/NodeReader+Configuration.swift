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
                "database", "model", "taught", "sources", "tracking", "loud", "pictures",
                "retention", "schedules", "rules", "alerts", "hooks", "log_level",
            ])
        if let database = path("database", of: fields) {
            result.database = database
            let folder = database.lastIndex(of: "/").map { database[...$0] } ?? ""
            result.taught = "\(folder)taught"
        }
        result.model = path("model", of: fields)
        result.taught = path("taught", of: fields) ?? result.taught
        result.sources = sources(fields) ?? result.sources
        if let node = fields.values["tracking"] { result.tracking = tracking(node) }
        result.loud = fields.values["loud"].map(loud)
        if let node = fields.values["pictures"] { result.pictures = pictures(node) }
        if let node = fields.values["retention"] { result.retention = retention(node) }
        (result.ruleSet, result.rulePlaces) = ruleSet(
            fields, sources: result.sources.map(\.name))
        if let node = fields.values["hooks"] { result.hooks = hooks(node) }
        if let level = choice("log_level", of: fields, among: LogLevel.allCases.map(\.rawValue)) {
            result.logLevel = LogLevel(rawValue: level) ?? result.logLevel
        }
        (result.labelUses, result.groupUses) = (labelUses, groupUses)
        return result
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
}

extension NodeReader {
    private static let trackingKeys = [
        "sensitivity", "on", "off", "announce", "announce_window", "smoothing",
        "minimum_duration", "merge_gap", "maximum_duration",
    ]

    private func tracking(_ node: Node) -> TrackingParameters {
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
            guard let label = self.label(key, place: .tracking) else { continue }
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
