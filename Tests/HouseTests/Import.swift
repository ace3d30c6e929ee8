/// An import of a Swift file.
struct Import: Hashable {
    let module: String
    let line: Int

    /// The words that may stand between `import` and the name.
    private static let kinds: Set<Substring> = [
        "actor", "class", "enum", "func", "let", "protocol", "struct", "typealias", "var",
    ]
    private static let accessLevels: Set<Substring> = [
        "fileprivate", "internal", "package", "private", "public",
    ]

    static func all(in text: String) -> [Import] {
        // Most lines need no closer look, and no line does where nothing is imported.
        guard text.contains("import") else { return [] }
        var found: [Import] = []
        for (index, line) in CodeText(text).lines.enumerated() where line.contains("import") {
            for statement in line.split(separator: ";") {
                guard let module = module(of: statement) else { continue }
                found.append(Import(module: module, line: index + 1))
            }
        }
        return found
    }

    private static func module(of statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        words = words.drop { $0.hasPrefix("@") || accessLevels.contains($0) }
        guard words.popFirst() == "import" else { return nil }
        if words.count > 1, let word = words.first, kinds.contains(word) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }
}
