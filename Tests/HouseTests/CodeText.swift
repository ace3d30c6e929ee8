/// Source text whose comments and literals are blank, byte for byte and line for line.
struct CodeText {
    enum Language { case swift, c }

    private(set) var bytes: [UInt8]
    private let source: [UInt8]
    private let language: Language
    private let keepsStrings: Bool
    private var position = 0

    /// - Parameter keepsStrings: blanks the comments alone
    init(_ text: String, _ language: Language = .swift, keepsStrings: Bool = false) {
        source = Array(text.utf8)
        bytes = source
        self.language = language
        self.keepsStrings = keepsStrings
        while position < source.count { step() }
    }

    var lines: [Substring] {
        bytes.split(separator: 10, omittingEmptySubsequences: false)
            .map { Substring(decoding: $0, as: UTF8.self) }
    }

    /// For each byte the number of its line, from 1.
    var lineNumbers: [Int] {
        var line = 1
        return bytes.map { byte in
            defer { if byte == "\n" { line += 1 } }
            return line
        }
    }

    private mutating func step() {
        let start = position
        switch source[position] {
        case "/" where isAt("//"):
            skip { $0 == "\n" }
            blank(from: start)
        case "/" where isAt("/*"):
            skipComment()
            blank(from: start)
        case "/" where language == .swift && beginsRegex:
            position += 1
            skipLiteral(until: "/")
            blank(from: start)
        case "'" where language == .c:
            position += 1
            skipLiteral(until: "'")
            blank(from: start)
        case "\"",
            "#" where beginsString:
            skipString()
            if !keepsStrings { blank(from: start) }
        case "#" where language == .c:
            skipDirective()
            blank(from: start)
        default:
            position += 1
        }
    }

    private func isAt(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= source.count else { return false }
        return text.withUTF8Buffer { source[position..<end].elementsEqual($0) }
    }

    private mutating func skip(until isEnd: (UInt8) -> Bool) {
        while position < source.count, !isEnd(source[position]) { position += 1 }
    }

    private mutating func blank(from start: Int) {
        for index in start..<position where bytes[index] != "\n" {
            bytes[index] = UInt8(ascii: " ")
        }
    }

    /// Swift's comments nest.
    private mutating func skipComment() {
        var depth = 0
        repeat {
            if isAt("/*"), depth == 0 || language == .swift {
                depth += 1
                position += 2
            } else if isAt("*/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < source.count
        position = min(position, source.count)
    }

    private mutating func skipLiteral(until end: Unicode.Scalar) {
        while position < source.count, source[position] != end, source[position] != "\n" {
            position += source[position] == "\\" ? 2 : 1
        }
        position = min(position + 1, source.count)
    }

    /// A preprocessor directive with the lines that it goes on to.
    private mutating func skipDirective() {
        repeat {
            skip { $0 == "\n" }
            guard position < source.count, source[position - 1] == "\\" else { return }
            position += 1
        } while position < source.count
    }

    /// Where a value may begin, a slash before anything but a space begins a regular expression.
    private var beginsRegex: Bool {
        guard position + 1 < source.count, source[position + 1] != " " else { return false }
        let before = source[..<position].last { $0 != " " }
        return before.map { "(,=:[{".utf8.contains($0) } ?? false
    }

    private var beginsString: Bool {
        source[position...].first { $0 != "#" } == "\""
    }

    /// A string with any number of `#`, of one line or of several, with what it interpolates.
    private mutating func skipString() {
        let start = position
        skip { $0 != "#" }
        let hashes = Array(repeating: UInt8(ascii: "#"), count: position - start)
        let isLong = language == .swift && isAt("\"\"\"")
        let quotes = Array(repeating: UInt8(ascii: "\""), count: isLong ? 3 : 1)
        let end = quotes + hashes
        let escape = [UInt8(ascii: "\\")] + hashes
        position += quotes.count
        while position < source.count {
            if source[position...].starts(with: end) {
                position += end.count
                return
            }
            if source[position...].starts(with: escape) {
                position += escape.count
                if position < source.count, source[position] == "(" { skipInterpolation() }
            }
            guard isLong || position >= source.count || source[position] != "\n" else { return }
            position = min(position + 1, source.count)
        }
    }

    /// Leaves the position at the closing parenthesis.
    private mutating func skipInterpolation() {
        var depth = 0
        while position < source.count {
            if source[position] == "(" { depth += 1 }
            if source[position] == ")" { depth -= 1 }
            if depth == 0 { return }
            step()
        }
    }
}

/// Bytes are compared with characters of ASCII.
func ~= (character: Unicode.Scalar, byte: UInt8) -> Bool { byte == character }

func == (byte: UInt8?, character: Unicode.Scalar) -> Bool {
    byte.map(UInt32.init) == character.value
}

func != (byte: UInt8?, character: Unicode.Scalar) -> Bool { !(byte == character) }
