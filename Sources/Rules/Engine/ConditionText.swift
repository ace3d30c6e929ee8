internal import AlertTypes
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

// Conditions in words, and what was found.

extension Condition {
    /// The same for equal conditions: what a rule remembers is about this.
    var text: String {
        switch self {
        case .event(let condition): condition.text
        case .level(let condition): condition.text
        case .box(let condition): condition.text
        }
    }
}

extension EventCondition {
    fileprivate var text: String {
        var parts = ["label \(labelText)"] + limits.map(\.condition)
        if !sources.isEmpty { parts.append("source \(list(sources))") }
        if isSettledOnly { parts.append("settled") }
        if let count { parts.append(count.text) }
        return parts.joined(separator: ", ")
    }

    var labelText: String {
        guard labels.isEmpty else { return list(labels) }
        return groups.isEmpty ? "any" : "of \(list(groups))"
    }

    /// What an event has to reach, and what each is compared with.
    private var limits: [(condition: String, isReached: (HeardEvent) -> Bool, value: Value)] {
        var limits: [(String, (HeardEvent) -> Bool, Value)] = []
        func add(
            _ name: String, _ minimum: Double?, _ places: Int, _ unit: String,
            _ found: @escaping (HeardEvent) -> Double?
        ) {
            guard let minimum else { return }
            limits.append(
                (
                    "\(name) at least \(decimals(minimum, places))\(unit)",
                    { (found($0) ?? -.infinity) >= minimum },
                    { found($0).map { decimals($0, places) + unit } ?? "not measured" }
                ))
        }
        add("confidence", minimumConfidence > 0 ? minimumConfidence : nil, 2, "") {
            $0.peakConfidence
        }
        add("duration", minimumDurationSeconds > 0 ? minimumDurationSeconds : nil, 1, " s") {
            $0.durationSeconds
        }
        add("LAFmax", minimumLAFmax, 1, " dB") { $0.lafMaximum }
        add("LAE", minimumLAE, 1, " dB") { $0.lae }
        add("rise over the background", minimumRise, 1, " dB") { $0.rise }
        return limits
    }

    private typealias Value = (HeardEvent) -> String

    /// What is asked of an event, and what was found.
    func checks(_ heard: HeardEvent) -> [RuleCheck] {
        [RuleCheck("label \(labelText)", heard.event.label, true)]
            + limits.map { RuleCheck($0.condition, $0.value(heard), $0.isReached(heard)) }
    }
}

extension EventCount {
    var text: String { "\(events) events within \(Lengths.text(withinSeconds))" }
}

extension LevelCondition {
    var text: String {
        var text = "\(quantity.text) over \(Lengths.text(Double(windowSeconds))) "
        switch bound {
        case .above(let level): text += "above \(decimals(level, 1))"
        case .below(let level): text += "below \(decimals(level, 1))"
        }
        text += isRelative ? " dBFS" : " dB"
        if !excluded.isEmpty { text += " without \(list(excluded))" }
        if !required.isEmpty { text += " while \(list(required))" }
        return sources.isEmpty ? text : "\(text), source \(list(sources))"
    }

    /// What a window holds, in words.
    func value(_ window: LevelWindow?) -> String {
        guard let window, let level = window.level else { return "unknown: nothing was measured" }
        let value = "\(decimals(level, 1)) dB\(isRelative ? "FS" : "")"
        let coverage = window.coverage
        return coverage < 0.995 ? "\(value), of \(decimals(coverage * 100, 0)) % of it" : value
    }
}

extension LevelCondition.Quantity {
    fileprivate var text: String {
        switch self {
        case .laeq: "LAeq"
        case .lceq: "LCeq"
        case .lzeq: "LZeq"
        case .lafMaximum: "LAFmax"
        case .lcPeak: "LCpeak"
        case .percentile(let percent):
            "L" + (Int(exactly: percent).map(String.init) ?? "\(percent)")
        case .thirdOctave(let index): "Leq at \(ThirdOctave.bands[index].name) Hz"
        }
    }
}

extension BoxCondition {
    var text: String {
        let text =
            switch state {
            case .noAudio(let seconds): "no audio for \(Lengths.text(seconds))"
            case .deadMicrophone(let seconds):
                "samples that do not change for \(Lengths.text(seconds))"
            case .clipping(let seconds): "\(seconds) of the last 60 s clipped"
            case .diskBelow(let share): "less than \(decimals(share * 100, 1)) % of the disk free"
            case .calibrationDrift(let decibels):
                "calibration off by more than \(decimals(decibels, 2)) dB"
            }
        return sources.isEmpty ? text : "\(text), source \(list(sources))"
    }
}

private func list(_ names: Set<String>) -> String { names.sorted().joined(separator: ", ") }

private func decimals(_ number: Double, _ places: Int) -> String {
    fixedPoint(number, places: places) ?? (number < 0 ? "-inf" : "\(number)")
}
