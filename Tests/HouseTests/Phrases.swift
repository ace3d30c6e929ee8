/// Turns of phrase that are not English, each with what to write instead.
struct Phrases {
    private(set) var replacements: [(phrase: String, instead: String)] = []
    private(set) var faults: [Violation] = []

    /// Lines of the form `phrase -> what to write instead`; a line with `#` is a comment.
    init(_ list: SourceFile) {
        for (index, line) in list.lines.enumerated() where !line.hasPrefix("#") && !line.isEmpty {
            let parts = line.split(separator: " -> ")
            guard parts.count == 2 else {
                let what = "not of the form 'phrase -> what to write instead'"
                faults.append(Violation(list.path, index + 1, what))
                continue
            }
            replacements.append((parts[0].lowercased(), String(parts[1])))
        }
    }

    /// A phrase is also found where a line ends within it.
    func violations(_ file: SourceFile) -> [Violation] {
        let (text, lineOfByte) = Self.flattened(file)
        return replacements.flatMap { phrase, instead in
            text.offsets(of: phrase).map { byte in
                let what = "'\(phrase)' is not English: \(instead)"
                return Violation(file.path, lineOfByte[byte], what)
            }
        }
    }

    /// The words of a file in lower case with a space between, without the marks of comments, and
    /// the line of each byte.
    private static func flattened(_ file: SourceFile) -> (text: String, lines: [Int]) {
        var bytes: [UInt8] = [UInt8(ascii: " ")]
        var numbers = [1]
        var line = 1
        var isStart = true
        for byte in file.text.utf8 {
            let isMark = byte == "/" || byte == "#" || byte == "*"
            if byte == "\n" {
                line += 1
                isStart = true
            }
            if byte.isSpace || isStart && isMark {
                guard bytes.last != " " else { continue }
                bytes.append(UInt8(ascii: " "))
            } else {
                isStart = false
                bytes.append(byte.lowercased)
            }
            numbers.append(line)
        }
        return (String(decoding: bytes, as: UTF8.self), numbers)
    }
}
