internal import LevelTypes
internal import Rules
internal import Yams

extension NodeReader {
    static let levelConditionKeys = ["of", "over", "above", "below", "without", "while"]

    /// `{of: LAeq, over: 15m, above: 65}`
    func level(_ fields: Fields) -> LevelCondition? {
        require(["of", "over"], in: fields, "level")
        let quantity = quantity(fields)
        let window = window(fields, quantity)
        let bound = bound(fields)
        let excluded = labels("without", of: fields)
        let required = labels("while", of: fields)
        if quantity?.isOfMinutes == true {
            for key in ["without", "while"] {
                guard let node = fields.values[key] else { continue }
                fault(
                    node, "\(key) is for levels of single seconds; L1 to L99 are of whole minutes")
            }
        }
        guard let quantity, let window, let bound else { return nil }
        return LevelCondition(
            quantity: quantity, windowSeconds: window, bound: bound.bound,
            isRelative: bound.isRelative, excluded: excluded, required: required)
    }

    private func window(_ fields: Fields, _ quantity: LevelCondition.Quantity?) -> Int? {
        let longest = Double(LevelCondition.longestWindow)
        guard let node = fields.values["over"],
            let seconds = length("over", of: fields, in: 1...longest)
        else { return nil }
        let isOfMinutes = quantity?.isOfMinutes ?? false
        let unit = isOfMinutes ? 60.0 : 1
        guard let count = Int(exactly: (seconds / unit * 1e6).rounded() / 1e6) else {
            let text = node.scalar?.string ?? ""
            let accepted = isOfMinutes ? "whole minutes for L1 to L99" : "whole seconds"
            fault(node, "over is '\(text)'; accepted is \(accepted)")
            return nil
        }
        return count * Int(unit)
    }

    private func quantity(_ fields: Fields) -> LevelCondition.Quantity? {
        guard let node = fields.values["of"], let text = text(node, "of") else { return nil }
        if let quantity = LevelCondition.Quantity(text) { return quantity }
        let help =
            nearestBand(text).map { "the nearest band is \($0)" }
            ?? "accepted is LAeq, LCeq, LZeq, LAFmax, LCpeak, L1 to L99, "
            + "or a third-octave band such as '63 Hz' or '1 kHz'"
        fault(node, "of is '\(text)'; \(help)")
        return nil
    }

    /// The band nearest to a frequency that is not that of a band.
    private func nearestBand(_ text: String) -> String? {
        guard let hertz = frequency(text), hertz > 0 else { return nil }
        let nearest = ThirdOctave.bands.min {
            max($0.centreHertz / hertz, hertz / $0.centreHertz)
                < max($1.centreHertz / hertz, hertz / $1.centreHertz)
        }
        return nearest.map { "'\($0.name) Hz'" }
    }

    private func bound(_ fields: Fields) -> (bound: LevelCondition.Bound, isRelative: Bool)? {
        guard let key = choice(ofKeys: ["above", "below"], in: fields, "level"),
            let (decibels, isRelative) = decibels(key, of: fields)
        else { return nil }
        return (key == "above" ? .above(decibels) : .below(decibels), isRelative)
    }

    /// `65`, `65 dB` or `-20 dBFS`
    private func decibels(_ key: String, of fields: Fields) -> (Double, isRelative: Bool)? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        let form = /([+\-]?[0-9]{1,4}(?:\.[0-9]{1,3})?)(?: ?(dBFS|dB))?/
        guard let match = text.wholeMatch(of: form), let level = Double(match.1) else {
            fault(node, "\(key) is '\(text)'; accepted is a level such as 65, 65 dB or -20 dBFS")
            return nil
        }
        let isRelative = match.2 == "dBFS"
        let accepted = isRelative ? -160.0...0.0 : -20.0...160.0
        guard accepted.contains(level) else {
            let (low, high) = (shortest(accepted.lowerBound), shortest(accepted.upperBound))
            fault(
                node,
                "\(key) is '\(text)'; accepted is \(low) to \(high) "
                    + (isRelative ? "dBFS" : "dB"))
            return nil
        }
        return (level, isRelative)
    }
}

extension LevelCondition.Quantity {
    fileprivate init?(_ text: String) {
        switch text {
        case "LAeq": self = .laeq
        case "LCeq": self = .lceq
        case "LZeq": self = .lzeq
        case "LAFmax": self = .lafMaximum
        case "LCpeak": self = .lcPeak
        default:
            if let match = text.wholeMatch(of: /L([1-9][0-9]?)/), let percent = Double(match.1) {
                self = .percentile(percent)
            } else if let hertz = frequency(text),
                let index = ThirdOctave.bands.firstIndex(where: { Double($0.name) == hertz })
            {
                self = .thirdOctave(index)
            } else {
                return nil
            }
        }
    }

    /// Whether it is known of whole minutes only.
    fileprivate var isOfMinutes: Bool {
        if case .percentile = self { true } else { false }
    }
}

/// `63 Hz`, `1.25 kHz`, in hertz.
private func frequency(_ text: String) -> Double? {
    guard let match = text.wholeMatch(of: /([0-9]{1,5}(?:\.[0-9]{1,3})?) ?(k?)Hz/),
        let number = Double(match.1)
    else { return nil }
    return match.2.isEmpty ? number : (number * 1_000_000).rounded() / 1_000
}
