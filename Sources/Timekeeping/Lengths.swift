/// Lengths of time as people write them: `120ms`, `1.5s`, `5m`, `1h30m`, `2d`; `0` needs no unit.
package enum Lengths {
    private static let units: [(name: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400),
    ]

    /// Seconds; `nil` if the text is not a length of time.
    package static func seconds(_ text: String) -> Double? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        var total = 0.0
        repeat {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let count = Double(number), number.first != ".", number.last != ".",
                let factor = units.first(where: { $0.name == unit })
            else { return nil }
            total += count * factor.seconds
        } while !rest.isEmpty
        return total.isFinite ? total : nil
    }

    /// The shortest such text: `300` is `5m`, `0.2` is `200ms`.
    package static func text(_ seconds: Double) -> String {
        guard seconds > 0 else { return "0s" }
        let unit = units.last { seconds / $0.seconds >= 1 && isWhole(seconds / $0.seconds) }
        guard let unit else { return "\(seconds)s" }
        return "\(Int((seconds / unit.seconds).rounded()))\(unit.name)"
    }

    private static func isWhole(_ number: Double) -> Bool {
        (number - number.rounded()).magnitude < 1e-9
    }
}
