internal import Yams

/// Reads values from nodes, and collects everything that is wrong with them.
///
/// A method that returns `nil` has either found nothing (the default applies) or recorded a fault.
final class NodeReader {
    let file: String
    private(set) var faults: [ConfigurationFault]

    init(file: String, faults: [ConfigurationFault]) {
        self.file = file
        self.faults = faults
    }

    func fault(_ node: Node, _ message: String) {
        faults.append(ConfigurationFault(file: file, at: node.position, message))
    }

    // MARK: Structure

    /// The values of a mapping by key; keys without a value are left out.
    func fields(_ node: Node, _ place: String, known: [String]) -> Fields {
        guard let mapping = node.mapping else {
            if !node.isEmpty { fault(node, "\(place) must be a mapping of keys to values") }
            return Fields(node: node, values: [:])
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping where !key.isRenamedKey {
            guard let name = key.scalar?.string, known.contains(name) else {
                let shown = key.scalar?.string ?? "(not a text)"
                fault(key, "unknown key '\(shown)' in \(place); \(hint(shown, among: known))")
                continue
            }
            guard values[name] == nil else {
                fault(key, "key '\(name)' stands more than once in this mapping")
                continue
            }
            values[name] = value
        }
        return Fields(node: node, values: values.filter { !$0.value.isEmpty })
    }

    /// The elements of a list; `nil` if the key has no value.
    func list(_ key: String, of fields: Fields) -> [Node]? {
        guard let node = fields.values[key] else { return nil }
        guard let sequence = node.sequence else {
            fault(node, "\(key) must be a list")
            return nil
        }
        return Array(sequence)
    }

    // MARK: Values

    /// A text of at least one character.
    func text(_ node: Node, _ what: String) -> String? {
        guard let text = node.scalar?.string else {
            fault(node, "\(what) must be a text")
            return nil
        }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            fault(node, "\(what) must not be empty or hold a NUL character")
            return nil
        }
        return text
    }

    func text(_ key: String, of fields: Fields) -> String? {
        fields.values[key].flatMap { text($0, key) }
    }

    /// A name for people, for file names and for environment variables.
    func name(_ key: String, of fields: Fields) -> String? {
        guard let node = fields.values[key], let name = text(node, key) else { return nil }
        guard name.wholeMatch(of: /[A-Za-z0-9_.\-]{1,64}/) != nil else {
            fault(node, "\(key) '\(name)' must be 1 to 64 of the characters a-z A-Z 0-9 _ . -")
            return nil
        }
        return name
    }

    func number(_ key: String, of fields: Fields, in range: ClosedRange<Double>) -> Double? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            let accepted = "\(shortest(range.lowerBound)) to \(shortest(range.upperBound))"
            fault(node, "\(key) is '\(text)'; accepted is a number from \(accepted)")
            return nil
        }
        return number
    }

    func integer(_ key: String, of fields: Fields, in range: ClosedRange<Int>) -> Int? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let accepted = "\(range.lowerBound) to \(range.upperBound)"
            fault(node, "\(key) is '\(text)'; accepted is a whole number from \(accepted)")
            return nil
        }
        return number
    }

    /// A length of time, in seconds.
    func length(_ key: String, of fields: Fields, in range: ClosedRange<Double>) -> Double? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        guard let seconds = Lengths.seconds(text) else {
            fault(node, "\(key) is '\(text)'; it needs a number and a unit, such as 120ms, 5s, 10m")
            return nil
        }
        guard range.contains(seconds) else {
            let accepted = "\(Lengths.text(range.lowerBound)) to \(Lengths.text(range.upperBound))"
            fault(node, "\(key) is '\(text)'; accepted is \(accepted)")
            return nil
        }
        return seconds
    }

    /// A size, in bytes.
    func size(_ key: String, of fields: Fields, in range: ClosedRange<Int64>) -> Int64? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        guard let bytes = Sizes.bytes(text) else {
            fault(
                node,
                "\(key) is '\(text)'; it needs a whole number and a unit, such as 256 MB, 4 GB")
            return nil
        }
        guard range.contains(bytes) else {
            let accepted = "\(Sizes.text(range.lowerBound)) to \(Sizes.text(range.upperBound))"
            fault(node, "\(key) is '\(text)'; accepted is \(accepted)")
            return nil
        }
        return bytes
    }

    func choice(_ key: String, of fields: Fields, among known: [String]) -> String? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        guard known.contains(text) else {
            fault(node, "\(key) is '\(text)'; accepted is one of \(known.joined(separator: ", "))")
            return nil
        }
        return text
    }

    /// A path; a relative one is relative to the directory of the file.
    func path(_ text: String, _ node: Node, _ what: String) -> String? {
        guard !text.hasPrefix("~") else {
            fault(node, "\(what) '\(text)': '~' is not expanded; write the whole path")
            return nil
        }
        guard !text.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return text }
        return file[...slash] + text
    }

    private func shortest(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? String(number)
    }
}

/// A mapping and its values.
struct Fields {
    let node: Node
    let values: [String: Node]
}

extension Node {
    /// Whether there is nothing, `~` or `null` here.
    var isEmpty: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
