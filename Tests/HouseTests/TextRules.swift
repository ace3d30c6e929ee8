/// Rules for the text of single files.
enum TextRules {
    static let mostColumns = 100
    /// A page is rendered, so a word too many is no reason to rewrap a paragraph. Tables and
    /// listings cannot be wrapped.
    static let mostColumnsOfPages = 110

    static func lineLengths(_ file: SourceFile) -> [Violation] {
        guard let most = columns(of: file), !isGenerated(file) else { return [] }
        let exempt = exemptLines(of: file)
        return file.lines.enumerated().compactMap { index, line in
            guard line.utf8.count > most, line.count > most, !exempt.contains(index) else {
                return nil
            }
            let what = "\(line.count) columns, \(most) at most"
            return Violation(file.path, index + 1, what)
        }
    }

    /// `nil` for what is neither code nor documentation.
    private static func columns(of file: SourceFile) -> Int? {
        switch file.suffix {
        case "md": mostColumnsOfPages
        case "swift", "c", "h", "modulemap", "py", "toml", "yaml", "yml", "service", "conf", "1",
            "5", "8":
            mostColumns
        default: file.name == "Makefile" || file.text.hasPrefix("#!") ? mostColumns : nil
        }
    }

    /// A file whose first line says which script wrote it holds data in the script's form.
    private static func isGenerated(_ file: SourceFile) -> Bool {
        file.lines.first?.firstMatch(of: /^[^A-Za-z]+Made by [^ ]+; do not edit/) != nil
    }

    /// Tables and listings of pages; in tests the literals of several lines, which hold what the
    /// programs print.
    private static func exemptLines(of file: SourceFile) -> Set<Int> {
        switch file.suffix {
        case "md": exemptLinesOfPage(file)
        case "swift" where file.path.hasPrefix("Tests/"): literalLines(file)
        default: []
        }
    }

    private static func exemptLinesOfPage(_ file: SourceFile) -> Set<Int> {
        var exempt: Set<Int> = []
        var isListing = false
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("```") { isListing.toggle() }
            if isListing || line.hasPrefix("|") || line.hasPrefix("    ") { exempt.insert(index) }
        }
        return exempt
    }

    private static func literalLines(_ file: SourceFile) -> Set<Int> {
        var exempt: Set<Int> = []
        var isLiteral = false
        let code = CodeText(file.text, keepsStrings: true).lines
        for (index, line) in code.enumerated() {
            if isLiteral { exempt.insert(index) }
            if line.ranges(of: "\"\"\"").count % 2 == 1 { isLiteral.toggle() }
        }
        return exempt
    }

    /// The folders at the root of every Debian that are nobody's own, the one that `make
    /// system-test` gives its container, and one that tests expect nowhere.
    private static let commonFolders: Set<String> = [
        "bin", "boot", "dev", "etc", "lib", "media", "mnt", "proc", "run", "srv", "sys", "tmp",
        "usr", "var", "test", "nonexistent",
    ]
    private static let notes = ["TODO", "FIXME", "XXX"]

    /// Paths of one machine, and notes of what is to be done.
    static func leftovers(_ file: SourceFile) -> [Violation] {
        let notes = notes.filter(file.holds)
        return file.lines.enumerated().flatMap { index, line in
            rootFolders(in: line).filter { !commonFolders.contains($0) }.map {
                Violation(file.path, index + 1, "'/\($0)/' is a path of one machine")
            }
                + notes.filter { isWord($0, in: line) }.map {
                    Violation(file.path, index + 1, "'\($0)': do it, or file it")
                }
        }
    }

    /// The first folder of each absolute path: `home` of `/home/me`, nothing of `docs/home/me`.
    private static func rootFolders(in line: Substring) -> [String] {
        let line = line.utf8
        guard line.contains(UInt8(ascii: "/")) else { return [] }
        return line.indices.compactMap { start in
            guard line[start] == UInt8(ascii: "/"), line[..<start].last.map(isPathByte) != true
            else { return nil }
            let name = line[line.index(after: start)...].prefix(while: isNameByte)
            guard let first = name.first, isLetter(first), name.endIndex < line.endIndex,
                line[name.endIndex] == UInt8(ascii: "/")
            else { return nil }
            return String(name)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || "._-".utf8.contains(byte)
    }

    /// Whether a slash after it goes on with a path: a name, or what stands for one.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte >= 0x80 || ")}]$~*%/@".utf8.contains(byte)
    }

    /// Whether it stands alone: `mktemp` wants more of one of these letters.
    private static func isWord(_ word: String, in line: Substring) -> Bool {
        line.ranges(of: word).contains { range in
            let around = [line[..<range.lowerBound].last, line[range.upperBound...].first]
            return around.allSatisfy { $0.map { !$0.isLetter && !$0.isNumber } ?? true }
        }
    }
}
