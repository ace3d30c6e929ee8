internal import Foundation
internal import Yams

/// The tree of a YAML text, with everything kept out that could make it harmful: excessive size or
/// depth, anchors and aliases (a short text with aliases can stand for an endless tree) and tags.
///
/// A key that appears twice in one mapping is a fault that does not keep the rest of the text from
/// being checked.
struct Document {
    /// The deepest nesting; the configuration itself needs eight levels.
    private static let depthLimit = 16
    /// The most repeated keys that are reported individually.
    private static let repeatLimit = 20

    /// `nil` if the text is empty.
    let root: Node?
    /// Keys that appear more than once.
    let faults: [ConfigurationFault]

    init(text: String, file: String) throws(ConfigurationError) {
        try Self.checkSize(text, file)
        try Self.checkAliases(text, file)
        var text = text
        var faults: [ConfigurationFault] = []
        while true {
            switch Self.parse(text, file) {
            case .tree(let node):
                root = node
                self.faults = faults
                return
            case .refused(let fault):
                throw ConfigurationError(faults + [fault])
            case .repeatedKey(let key, let position):
                let message = "key '\(key)' stands more than once in this mapping"
                faults.append(ConfigurationFault(file: file, at: position, message))
                guard faults.count < Self.repeatLimit,
                    let next = text.renamingKey(at: position, number: faults.count)
                else { throw ConfigurationError(faults) }
                text = next
            }
        }
    }

    private enum Outcome {
        case tree(Node?)
        case repeatedKey(String, Position)
        case refused(ConfigurationFault)
    }

    private static func parse(_ text: String, _ file: String) -> Outcome {
        do {
            // Anchors are held weakly by the nodes: the parser lives until they are checked.
            let parser = try Parser(yaml: text, encoding: .utf8)
            let node = try parser.singleRoot()
            let found = withExtendedLifetime(parser) { node.flatMap { refusal($0, depth: 1) } }
            guard let found else { return .tree(node) }
            return .refused(
                ConfigurationFault(file: file, at: found.position, found.message))
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            return .repeatedKey(keys.first ?? "", Position(context.mark))
        } catch {
            return .refused(fault(error, text, file))
        }
    }

    private static func checkSize(_ text: String, _ file: String) throws(ConfigurationError) {
        guard text.utf8.count > Configuration.sizeLimit else { return }
        throw ConfigurationError([
            ConfigurationFault(file: file, at: nil, "is larger than 1 MiB, the accepted size")
        ])
    }

    /// Refuses texts with many words that look like aliases, before they are expanded.
    ///
    /// A few can do no harm: n of them multiply a tree at most exp(n / e) times.
    private static func checkAliases(_ text: String, _ file: String) throws(ConfigurationError) {
        let (anchors, aliases) = text.references()
        guard anchors > 0, aliases > 16 else { return }
        throw ConfigurationError([
            ConfigurationFault(file: file, at: nil, "holds anchors and aliases; write them out")
        ])
    }

    /// The first thing in the tree that is not accepted.
    private static func refusal(
        _ node: Node, depth: Int
    ) -> (position: Position, message: String)? {
        if node.anchor != nil {
            return (node.position, "anchors and aliases are not accepted; write the value out")
        }
        if depth > depthLimit {
            return (node.position, "nested more than \(depthLimit) levels deep")
        }
        if let tag = node.explicitTag {
            return (node.position, "the tag '\(tag)' is not accepted; leave it out")
        }
        let children: [Node] =
            switch node {
            case .mapping(let mapping): mapping.flatMap { [$0.key, $0.value] }
            case .sequence(let sequence): Array(sequence)
            case .scalar, .alias: []
            }
        return children.lazy.compactMap { refusal($0, depth: depth + 1) }.first
    }

    /// The fault of a text that is not YAML.
    private static func fault(
        _ error: any Error, _ text: String, _ file: String
    ) -> ConfigurationFault {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let prefix = context.map { "\($0.text): " } ?? ""
            return ConfigurationFault(
                file: file, at: Position(mark), "not YAML: \(prefix)\(problem)")
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count { $0.isNewline } + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            return ConfigurationFault(
                file: file, at: Position(line: line, column: column), "not YAML: \(problem)")
        default:
            return ConfigurationFault(file: file, at: nil, "not YAML: \(error)")
        }
    }
}

extension String {
    /// Counts the words that look like anchors (`&name`) and aliases (`*name`), wherever they are.
    /// Rather too many than too few.
    fileprivate func references() -> (anchors: Int, aliases: Int) {
        var counts = (anchors: 0, aliases: 0)
        var beforeLast = UInt8(ascii: " ")
        var last = UInt8(ascii: " ")
        for byte in utf8 {
            if isNameByte(byte), !isNameByte(beforeLast) {
                if last == UInt8(ascii: "&") { counts.anchors += 1 }
                if last == UInt8(ascii: "*") { counts.aliases += 1 }
            }
            (beforeLast, last) = (last, byte)
        }
        return counts
    }
}

/// The characters anchor names are made of (libyaml).
private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
    default:
        false
    }
}

// MARK: - Keys that appear twice

// The parser refuses the whole text because of one such key. So each is renamed in place to a name
// that nobody writes, and the text is parsed again.

/// Marks a renamed key: a scalar of a private use plane, where its first scalar was.
private let renamed = 0xF0000...0xF00FF

extension Node {
    /// Whether this is a key that was renamed because it appears twice.
    var isRenamedKey: Bool {
        guard let first = scalar?.string.unicodeScalars.first else { return false }
        return renamed.contains(Int(first.value))
    }
}

extension String {
    fileprivate func renamingKey(at position: Position, number: Int) -> String? {
        guard let mark = Unicode.Scalar(UInt32(renamed.lowerBound + number)),
            var index = index(of: position)
        else { return nil }
        let scalars = unicodeScalars
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        guard index < scalars.endIndex, !renamed.contains(Int(scalars[index].value)) else {
            return nil
        }
        var result = String.UnicodeScalarView(scalars[..<index])
        result.append(mark)
        result.append(contentsOf: scalars[scalars.index(after: index)...])
        return String(result)
    }

    /// The index of a position, counting the line breaks that libyaml knows.
    private func index(of position: Position) -> Index? {
        let scalars = unicodeScalars
        var (line, column) = (1, 1)
        var previous: Unicode.Scalar?
        for index in scalars.indices {
            if line == position.line && column == position.column { return index }
            let scalar = scalars[index]
            if scalar == "\n" && previous == "\r" {
                // The second half of one line break.
            } else if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) {
                (line, column) = (line + 1, 1)
            } else {
                column += 1
            }
            previous = scalar
        }
        return nil
    }
}

// MARK: - Nodes

extension Position {
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

extension Node {
    /// Every node that was parsed has a mark.
    var position: Position { mark.map(Position.init) ?? Position(line: 1, column: 1) }

    /// The tag that was written before the node, such as `!!binary`.
    fileprivate var explicitTag: String? {
        let tag: Tag.Name.RawValue =
            switch self {
            case .scalar(let scalar): scalar.tag.rawValue
            case .mapping(let mapping): mapping.tag.rawValue
            case .sequence(let sequence): sequence.tag.rawValue
            case .alias: ""
            }
        // Keys are compared by the parser, which resolves their tags; only tags that no plain
        // scalar gets, and local ones, are known to have been written.
        let isWritten = tag.hasPrefix("!") && tag.count > 1 || tag.hasSuffix(":binary")
        return isWritten ? tag : nil
    }
}
