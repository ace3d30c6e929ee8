import Testing

/// The rules for the text of a file, each on text that breaks it and on text that does not.
@Suite struct TextRuleTests {
    @Test(arguments: [
        ("Sources/A/A.swift", true), ("a.c", true), ("tool.py", true), ("etc/a.yaml", true),
        ("a.service", true), ("Makefile", true), ("LICENSE", false), ("a.csv", false),
    ])
    func linesOfCode(path: String, isHeldToIt: Bool) {
        let fits = String(repeating: "é", count: 100)
        let file = SourceFile(path, "\(fits)\n\(fits)é\n")
        #expect(
            TextRules.lineLengths(file).map(\.description)
                == (isHeldToIt ? ["\(path):2: 101 columns, 100 at most"] : []))
    }

    @Test func linesOfScriptsWithoutSuffix() {
        let long = "#!/bin/sh\n" + String(repeating: "x", count: 101)
        #expect(TextRules.lineLengths(SourceFile("tools/listen", long)).map(\.line) == [2])
    }

    @Test func linesOfPages() {
        let long = String(repeating: "x", count: 111)
        let page = "\(long)\n| \(long) |\n```\n\(long)\n```\n    \(long)\n\(long.dropLast())\n"
        #expect(TextRules.lineLengths(SourceFile("docs/a.md", page)).map(\.line) == [1])
    }

    @Test func linesThatAreMade() {
        let long = "// Made by tools/fit.py; do not edit.\n" + String(repeating: "x", count: 101)
        #expect(TextRules.lineLengths(SourceFile("Sources/A/A.swift", long)).isEmpty)
    }

    @Test func whatTestsExpectMayBeLong() {
        let long = String(repeating: "x", count: 101)
        let text = "let a = \"\"\"\n\(long)\n\"\"\"\nlet b = \"\(long)\""
        #expect(TextRules.lineLengths(SourceFile("Tests/A.swift", text)).map(\.line) == [4])
        #expect(TextRules.lineLengths(SourceFile("Sources/A/A.swift", text)).map(\.line) == [2, 4])
    }

    @Test(arguments: [
        ("see /elsewhere/a", ["'/elsewhere/' is a path of one machine"]),
        ("=/here/a:/there/b", ["/here/", "/there/"].map { "'\($0)' is a path of one machine" }),
        ("#!/bin/sh, \"/usr/bin/env\" and \\(folder)/clips/a", []),
        ("in (/nowhere/me/a)", ["'/nowhere/' is a path of one machine"]),
        ("docs/here/a and ../there/b", []),
        ("// TODO: later", ["'TODO': do it, or file it"]),
        ("mktemp -d /tmp/XXXXXX, TODOS", []),
        ("XXX and FIXME", ["'FIXME': do it, or file it", "'XXX': do it, or file it"]),
    ])
    func leftovers(text: String, expected: [String]) {
        let found = TextRules.leftovers(SourceFile("a.swift", "\n" + text))
        #expect(found.map(\.what) == expected)
        #expect(found.allSatisfy { $0.line == 2 })
    }

    @Test func phrasesAreFoundAcrossLines() {
        let list = SourceFile("phrases.txt", "# a comment\nGoes to bed -> sleeps\nhow so\n")
        let phrases = Phrases(list)
        #expect(
            phrases.faults.map(\.description) == [
                "phrases.txt:3: not of the form 'phrase -> what to write instead'"
            ])
        let text = "/// Then it goes to\n    /// bed.\n// It goes to be washed. It goes to bed."
        #expect(
            phrases.violations(SourceFile("a.swift", text)).map(\.description) == [
                "a.swift:1: 'goes to bed' is not English: sleeps",
                "a.swift:3: 'goes to bed' is not English: sleeps",
            ])
    }

    @Test func manyFilesInAFolder() {
        let files = (0..<26).map { SourceFile("Sources/A/\($0).swift", "") }
        let folded = (0..<26).map { SourceFile("Sources/B/\($0 / 25)/\($0).swift", "") }
        #expect(
            FolderSizes.violations(files + folded).map(\.description) == [
                "Sources/A:1: 26 Swift files in one folder, 25 at most"
            ])
    }
}
