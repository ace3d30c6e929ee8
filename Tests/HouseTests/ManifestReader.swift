/// Reads the values of a manifest: strings, lists, names, calls and the constants made of them.
struct ManifestReader {
    private enum Token: Equatable {
        case word(String)
        case string(String)
        case mark(Character)
    }

    /// `let name = value`, outside of functions.
    private(set) var constants: [String: ManifestValue] = [:]
    private var tokens: [(token: Token, line: Int)] = []
    private var next = 0

    init(_ text: String) {
        for (index, line) in CodeText(text, keepsStrings: true).lines.enumerated() {
            tokens += Self.tokens(line).map { ($0, index + 1) }
        }
    }

    /// The values of the constants; the functions are passed over.
    mutating func values() -> [ManifestValue] {
        var found: [ManifestValue] = []
        while next < tokens.count {
            if take(.mark("{")) {
                skipBlock()
            } else if take(.word("let")), case .word(let name)? = current {
                next += 1
                // A type annotation.
                while let token = current, token != .mark("="), token != .word("let") { next += 1 }
                guard take(.mark("=")) else { continue }
                let value = value()
                constants[name] = value
                found.append(value)
            } else {
                next += 1
            }
        }
        return found
    }

    private var current: Token? { next < tokens.count ? tokens[next].token : nil }

    private mutating func take(_ token: Token) -> Bool {
        guard current == token else { return false }
        next += 1
        return true
    }

    private mutating func skipBlock() {
        var depth = 1
        while depth > 0, let token = current {
            if token == .mark("{") { depth += 1 }
            if token == .mark("}") { depth -= 1 }
            next += 1
        }
    }

    /// Lists that are added up are one list; of other sums nothing is known.
    private mutating func value() -> ManifestValue {
        var result = single()
        while take(.mark("+")) {
            let other = single()
            if case .list(let left) = result, case .list(let right) = other {
                result = .list(left + right)
            } else {
                result = .other
            }
        }
        return result
    }

    private mutating func single() -> ManifestValue {
        guard let token = current else { return .other }
        let line = tokens[next].line
        next += 1
        switch token {
        case .string(let text): return .string(text)
        case .mark("["): return .list(arguments(until: "]").map(\.value))
        case .mark("("): return .list(arguments(until: ")").map(\.value))
        case .mark: return .other
        case .word(let name):
            guard take(.mark("(")) else { return .name(name) }
            return .call(name, arguments(until: ")"), line: line)
        }
    }

    private mutating func arguments(until end: Character) -> [ManifestValue.Argument] {
        var found: [ManifestValue.Argument] = []
        while current != nil, !take(.mark(end)) {
            if take(.mark(",")) { continue }
            var label: String?
            if case .word(let word)? = current, next + 1 < tokens.count,
                tokens[next + 1].token == .mark(":")
            {
                label = word
                next += 2
            }
            found.append((label, value()))
        }
        return found
    }

    private static func tokens(_ line: Substring) -> [Token] {
        var found: [Token] = []
        var rest = line
        while let first = rest.first {
            if let match = rest.prefixMatch(of: /\.?[A-Za-z_][A-Za-z0-9_.]*/) {
                found.append(.word(String(match.output)))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /"([^"]*)"/) {
                found.append(.string(String(match.output.1)))
                rest = rest[match.range.upperBound...]
            } else {
                if !first.isWhitespace { found.append(.mark(first)) }
                rest = rest.dropFirst()
            }
        }
        return found
    }
}
