/// Finds the bodies of functions, initialisers, subscripts and computed properties.
struct SwiftFunctionScanner {
    private let code: CodeText
    private let lines: [Int]

    private static let openers: Set<String> = ["func", "init", "deinit", "subscript", "var"]
    /// Words that begin another declaration: the one before them has no body.
    private static let declarations: Set<String> = [
        "associatedtype", "case", "class", "enum", "extension", "fileprivate", "import",
        "internal", "let", "mutating", "nonmutating", "override", "package", "private", "protocol",
        "public", "static", "struct", "typealias",
    ]

    init(_ text: String) {
        code = CodeText(text)
        lines = code.lineNumbers
    }

    mutating func functions() -> [FunctionLengths.Function] {
        var found: [FunctionLengths.Function] = []
        var index = 0
        while index < code.bytes.count {
            guard code.bytes[index].isNamePart else {
                index += 1
                continue
            }
            let word = word(at: index)
            let after = index + word.utf8.count
            if Self.openers.contains(word), isDeclaration(at: index),
                let body = body(after: after, of: word)
            {
                let end = code.endOfGroup(at: body)
                found.append(
                    .init(
                        name: name(word, at: after), line: lines[index],
                        lines: lines[end] - lines[index] + 1))
            }
            index = after
        }
        return found
    }

    private func word(at start: Int) -> String {
        String(decoding: code.bytes[start...].prefix(while: \.isNamePart), as: UTF8.self)
    }

    /// `.init(...)` is a call, and after a parenthesis or a comma the word is a label.
    private func isDeclaration(at index: Int) -> Bool {
        guard let before = code.bytes[..<index].last(where: { !$0.isSpace }) else { return true }
        return !".`(,".utf8.contains(before)
    }

    private func name(_ word: String, at index: Int) -> String {
        guard word == "func" || word == "var" else { return word }
        let rest = code.bytes[index...].drop(while: \.isSpace)
        let name = rest.prefix { !$0.isSpace && !"(<:".utf8.contains($0) }
        return String(decoding: name, as: UTF8.self)
    }

    /// The brace that begins the body; `nil` when there is none.
    private func body(after start: Int, of opener: String) -> Int? {
        var index = start
        if opener == "func" {
            // The name may be an operator.
            while index < code.bytes.count, code.bytes[index] != "(" { index += 1 }
        }
        while index < code.bytes.count {
            switch code.bytes[index] {
            case "{": return index
            case "(", "[": index = code.endOfGroup(at: index)
            case "}", ")", "]", ";", "#": return nil
            case "=" where opener == "var": return nil
            case "\n" where endsDeclaration(at: index, of: opener): return nil
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Whether the next line begins with something else than the body or the rest of the signature.
    private func endsDeclaration(at newline: Int, of opener: String) -> Bool {
        let rest = code.bytes[newline...].drop(while: \.isSpace)
        guard let first = rest.first, first != "{" else { return false }
        if opener == "var" || first == "@" { return true }
        let word = word(at: rest.startIndex)
        return Self.openers.contains(word) || Self.declarations.contains(word)
    }
}
