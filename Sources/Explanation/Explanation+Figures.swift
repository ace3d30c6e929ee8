internal import Formats
internal import HostSystem
internal import SoundTypes

// What a report says about an explanation, as values shared by the text and the JSON.

extension Explanation {
    /// Where a setting comes from.
    enum Origin: String {
        case model, configuration
        /// The program's default.
        case standard = "default"
        /// Stored with the event; which of the others it was is no longer known.
        case stored = "the event"
    }

    struct Setting {
        var name: String
        var value: Double
        var isTime: Bool
        var origin: Origin

        var text: String {
            guard isTime else { return fixedPoint(value, places: 2) ?? "-" }
            return value < 1
                ? "\(fixedPoint(value * 1_000, places: 0) ?? "-") ms"
                : "\(fixedPoint(value, places: 1) ?? "-") s"
        }
    }

    struct Rival {
        var label: String
        /// At the explained moment.
        var smoothed: Float
        /// Over the whole stretch.
        var highest: Float
    }

    var momentSeconds: Double { evidence.seconds(ofStep: moment) }

    var settings: [Setting] {
        var settings = [threshold("on", \.onThreshold), threshold("off", \.offThreshold)]
        if parameters.announceThreshold != nil {
            settings += [
                threshold("announce", \.announcedAt), length("announce window", \.announceSeconds),
            ]
        }
        return settings + [
            length("smoothing", \.smoothingSeconds),
            length("minimum duration", \.minimumDurationSeconds),
            length("merge gap", \.mergeGapSeconds),
        ]
    }

    var rivals: [Rival] {
        evidence.curves.dropFirst().map { curve in
            Rival(
                label: curve.label, smoothed: curve.smoothed[moment],
                highest: curve.smoothed.max() ?? 0)
        }
    }

    /// Steps a fifth of a second apart around the moment.
    var listedSteps: [Int] {
        let every = max(1, Int((0.2 / evidence.stepSeconds).rounded()))
        return (-10...5).map { moment + $0 * every }.filter {
            evidence.curves[0].scores.indices.contains($0)
        }
    }

    var whyNotCovered: String {
        "not known; the model \(printable(occlusionModel)) has no such label, or hears "
            + "other features"
    }

    private func threshold(_ name: String, _ path: KeyPath<LabelParameters, Float>) -> Setting {
        let value = parameters[keyPath: path]
        let origin = unconfigured.map { $0[keyPath: path] == value ? Origin.model : .configuration }
        return Setting(
            name: name, value: Double(value), isTime: false, origin: origin ?? .stored)
    }

    private func length(_ name: String, _ path: KeyPath<LabelParameters, Double>) -> Setting {
        let value = parameters[keyPath: path]
        // A model has its own lengths for some labels.
        let isStandard = value == LabelParameters()[keyPath: path]
        let origin = unconfigured.map {
            $0[keyPath: path] != value ? Origin.configuration : isStandard ? .standard : .model
        }
        return Setting(name: name, value: value, isTime: true, origin: origin ?? .stored)
    }
}

extension LabelParameters {
    /// The threshold at which it is told that there is a sound.
    fileprivate var announcedAt: Float { announceThreshold ?? onThreshold }
}

extension [Occlusion.Loss] {
    /// Those with the greatest logit losses, greatest first.
    func strongest(_ count: Int) -> [Occlusion.Loss] {
        Array(sorted { $0.logit > $1.logit }.prefix(count))
    }
}

extension Occlusion {
    /// The greatest logit loss that any part caused.
    var strongestLoss: Float {
        (cells + bands + times).map(\.logit).max() ?? 0
    }
}
