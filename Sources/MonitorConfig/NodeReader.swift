internal import Timekeeping
internal import Yams

/// Reads values from nodes, and collects everything that is wrong with them.
///
/// A method that returns `nil` has either found nothing (the default applies) or recorded a fault.
final class NodeReader {
    let file: String
    private(set) var faults: [ConfigurationFault]
    /// Names that can be checked once the model is known.
    private(set) var labelUses: [LabelUse] = []
    private(set) var groupUses: [GroupUse] = []

    init(file: String, faults: [ConfigurationFault]) {
        self.file = file
        self.faults = faults
    }

    func fault(_ node: Node, _ message: String) {
        faults.append(ConfigurationFault(file: file, at: node.position, message))
    }

    // MARK: Structure

    /// The values of a mapping by key; keys without a value are left out.
    ///
    /// - Parameter elsewhere: keys that are right in another place, and where that is
    func fields(
        _ node: Node, _ place: String, known: [String], elsewhere: [String: String] = [:]
    ) -> Fields {
        guard let mapping = node.mapping else {
            if !node.isEmpty { fault(node, "\(place) must be a mapping of keys to values") }
            return Fields(node: node, values: [:])
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping where !key.isRenamedKey {
            guard let name = key.scalar?.string, known.contains(name) else {
                let shown = key.scalar?.string ?? "(not a text)"
                let help = elsewhere[shown] ?? hint(shown, among: known)
                fault(key, "unknown key '\(shown)' in \(place); \(help)")
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

    /// The one of some keys that has a value; it is a fault if none has, or several have.
    func choice(ofKeys keys: [String], in fields: Fields, _ place: String) -> String? {
        let given = keys.filter { fields.values[$0] != nil }
        guard let first = given.first else {
            if fields.node.mapping != nil {
                let quoted = keys.map { "'\($0)'" }
                let listed = quoted.dropLast().joined(separator: ", ")
                fault(fields.node, "\(place) needs the key \(listed) or \(quoted.last ?? "")")
            }
            return nil
        }
        for key in given.dropFirst() {
            guard let node = fields.values[key] else { continue }
            fault(node, "\(place) has either '\(first)' or '\(key)', not both")
        }
        return first
    }

    /// Reports keys that a mapping needs and does not have.
    func require(_ keys: [String], in fields: Fields, _ place: String) {
        guard fields.node.mapping != nil else { return }
        for key in keys where fields.values[key] == nil {
            fault(fields.node, "\(place) needs the key '\(key)'")
        }
    }

    /// Reports a name that another node has already; `names` has the line of each.
    func reportRepeated(
        _ what: String, _ name: String, _ node: Node, _ names: inout [String: Int]
    ) {
        guard !name.isEmpty else { return }
        if let first = names[name] {
            fault(node, "\(what) '\(name)' is already defined in line \(first)")
        } else {
            names[name] = node.position.line
        }
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

    /// The elements of a list that are texts; `nil` if the key has no value.
    func texts(_ key: String, of fields: Fields, _ what: String) -> [(text: String, node: Node)]? {
        list(key, of: fields)?.compactMap { node in text(node, what).map { ($0, node) } }
    }

    /// A name for people, for file names and for environment variables.
    func name(_ key: String, of fields: Fields) -> String? {
        fields.values[key].flatMap { name($0, key) }
    }

    func name(_ node: Node, _ what: String) -> String? {
        guard let name = text(node, what) else { return nil }
        guard name.wholeMatch(of: /[A-Za-z0-9_.\-]{1,64}/) != nil else {
            fault(node, "\(what) '\(name)' must be 1 to 64 of the characters a-z A-Z 0-9 _ . -")
            return nil
        }
        return name
    }

    /// A label, to be checked once the model is known.
    func label(_ node: Node, place: LabelUse.Place) -> String? {
        guard let label = text(node, "a label") else { return nil }
        labelUses.append(LabelUse(label: label, position: node.position, place: place))
        return label
    }

    /// A group of labels, to be checked once the model is known.
    func group(_ node: Node) -> String? {
        guard let group = text(node, "a group") else { return nil }
        groupUses.append(GroupUse(group: group, position: node.position))
        return group
    }

    func truth(_ key: String, of fields: Fields) -> Bool? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            fault(node, "\(key) is '\(text)'; accepted is true or false")
            return nil
        }
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
        fields.values[key].flatMap { integer($0, key, in: range) }
    }

    func integer(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(node, what) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let accepted = "\(range.lowerBound) to \(range.upperBound)"
            fault(node, "\(what) is '\(text)'; accepted is a whole number from \(accepted)")
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
        fields.values[key].flatMap { choice($0, key, among: known) }
    }

    func choice(_ node: Node, _ what: String, among known: [String]) -> String? {
        guard let text = text(node, what) else { return nil }
        guard known.contains(text) else {
            fault(node, "\(what) is '\(text)'; accepted is one of \(known.joined(separator: ", "))")
            return nil
        }
        return text
    }

    func path(_ key: String, of fields: Fields) -> String? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        return path(text, node, key)
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

    func shortest(_ number: Double) -> String {
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
