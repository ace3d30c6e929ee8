internal import SoundTypes
internal import Timekeeping
internal import Yams

extension NodeReader {
    /// `retention`: an age for each kind of data, and the size of the whole.
    func retention(_ node: Node) -> Retention {
        let kinds = Retention.Kind.allCases
        let fields = fields(node, "retention", known: kinds.map(\.rawValue) + ["size"])
        var result = Retention()
        for kind in kinds {
            guard let node = fields.values[kind.rawValue] else { continue }
            if node.scalar?.string == "forever" {
                result.seconds[kind] = nil
            } else if let age = length(kind.rawValue, of: fields, in: Retention.acceptedSeconds) {
                result.seconds[kind] = age
            }
        }
        result.bytes = size("size", of: fields, in: Retention.acceptedBytes)
        checkOrder(result, fields)
        return result
    }

    /// What is made from others is looked for instead of them, so it has to be kept as long.
    private func checkOrder(_ retention: Retention, _ fields: Fields) {
        for (part, whole) in [(Retention.Kind.seconds, Retention.Kind.minutes), (.minutes, .hours)]
        {
            let age = retention.seconds[whole] ?? .infinity
            guard age < retention.seconds[part] ?? .infinity,
                let node = fields.values[whole.rawValue] ?? fields.values[part.rawValue]
            else { continue }
            let needed = retention.seconds[part].map(Lengths.text) ?? "forever"
            fault(
                node,
                "\(whole.rawValue) are kept for \(Lengths.text(age)), \(part.rawValue) for longer; "
                    + "accepted is \(needed) or more")
        }
    }
}
