/// Functions that do not fit a screen.
enum FunctionLengths {
    static let mostLines = 70

    struct Function: Equatable {
        let name: String
        let line: Int
        let lines: Int
    }

    static func violations(_ file: SourceFile) -> [Violation] {
        functions(of: file).filter { $0.lines > mostLines }.map {
            Violation(file.path, $0.line, "\($0.name) has \($0.lines) lines, \(mostLines) at most")
        }
    }

    static func functions(of file: SourceFile) -> [Function] {
        if file.suffix == "swift" {
            var scanner = SwiftFunctionScanner(file.text)
            return scanner.functions()
        }
        if file.isC { return cFunctions(file.text) }
        return file.isPython ? pythonFunctions(file.lines) : []
    }

    /// A brace after a parenthesis, outside of functions, begins a body. The lines count from the
    /// end of what stands before the function.
    private static func cFunctions(_ text: String) -> [Function] {
        let code = CodeText(text, .c)
        let (bytes, lines) = (code.bytes, code.lineNumbers)
        var found: [Function] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == "{" else {
                index += 1
                continue
            }
            guard bytes[..<index].last(where: { !$0.isSpace }) == ")" else {
                index += 1
                continue
            }
            let before = bytes[..<index].lastIndex { ";{}".utf8.contains($0) }
            let first = bytes[(before.map { $0 + 1 } ?? 0)...].firstIndex { !$0.isSpace } ?? index
            let end = code.endOfGroup(at: index)
            let head = String(decoding: bytes[first..<index], as: UTF8.self)
            let name = head.prefix { $0 != "(" }.split(whereSeparator: \.isWhitespace).last
            found.append(
                Function(
                    name: name.map { String($0.drop { $0 == "*" }) } ?? "", line: lines[first],
                    lines: lines[end] - lines[first] + 1))
            index = end + 1
        }
        return found
    }

    /// From `def` to the last line that is indented deeper.
    private static func pythonFunctions(_ lines: [Substring]) -> [Function] {
        var found: [Function] = []
        for (index, line) in lines.enumerated() {
            guard let match = line.prefixMatch(of: /( *)(?:async )?def (\w+)/) else { continue }
            let indent = match.output.1.count
            // The signature may go on, and its last line need not be indented.
            let body = lines[index...].firstIndex { $0.hasSuffix(":") } ?? index
            var last = body
            for (next, line) in lines[(body + 1)...].enumerated() {
                guard let first = line.firstIndex(where: { $0 != " " }) else { continue }
                if line.distance(from: line.startIndex, to: first) <= indent { break }
                last = body + 1 + next
            }
            found.append(
                Function(name: String(match.output.2), line: index + 1, lines: last - index + 1))
        }
        return found
    }
}

extension CodeText {
    /// The index of the bracket that closes the one at `start`; the last byte when none does.
    func endOfGroup(at start: Int) -> Int {
        var depth = 0
        for index in start..<bytes.count {
            switch bytes[index] {
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            default: continue
            }
            if depth == 0 { return index }
        }
        return bytes.count - 1
    }
}

extension UInt8 {
    var isSpace: Bool { self == " " || self == "\n" || self == "\t" }

    /// Letters beyond ASCII stay as they are.
    var lowercased: UInt8 { (65...90).contains(self) ? self + 32 : self }

    var isNamePart: Bool {
        switch Unicode.Scalar(self) {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: self >= 0x80
        }
    }
}
