/// Every source file has a file of tests, or a line in a list that says what covers it.
struct TestFiles {
    struct Entry {
        let line: Int
        let name: String
        let reason: String
    }

    let listPath: String
    let entries: [Entry]
    private let sources: [SourceFile]
    /// The paths of all files of `Tests`.
    private let tests: Set<String>
    private let faults: [Violation]

    /// Lines of the form `File.swift: reason`; a line with `#` is a comment.
    init(list: SourceFile, files: [SourceFile]) {
        listPath = list.path
        sources = files.filter { $0.target != nil && ["swift", "c"].contains($0.suffix) }
        tests = Set(files.map(\.path).filter { $0.hasPrefix("Tests/") })
        var entries: [Entry] = []
        var faults: [Violation] = []
        for (index, line) in list.lines.enumerated() where !line.hasPrefix("#") && !line.isEmpty {
            let parts = line.split(separator: ": ", maxSplits: 1)
            if parts.count == 2, !parts[1].allSatisfy(\.isWhitespace) {
                entries.append(
                    Entry(line: index + 1, name: String(parts[0]), reason: String(parts[1])))
            } else {
                faults.append(Violation(list.path, index + 1, "not of the form 'file: reason'"))
            }
        }
        self.entries = entries
        self.faults = faults
    }

    func violations() -> [Violation] { faults + names() + uncovered() + list() }

    /// The list goes by file names, which stay when a file moves; so no two files share one.
    private func names() -> [Violation] {
        Dictionary(grouping: sources, by: \.name).values.filter { $0.count > 1 }.flatMap { same in
            same.dropFirst().map { file in
                Violation(file.path, 1, "there is another \(file.name): \(same[0].path)")
            }
        }
    }

    private func uncovered() -> [Violation] {
        let listed = Set(entries.map(\.name))
        return sources.filter { !hasTests($0) && !listed.contains(String($0.name)) }.map { file in
            Violation(file.path, 1, "there is no \(testPath(file)), and no line in \(listPath)")
        }
    }

    private func list() -> [Violation] {
        let byName = Dictionary(sources.map { (String($0.name), $0) }) { first, _ in first }
        var seen: Set<String> = []
        var found: [Violation] = []
        for entry in entries {
            if !seen.insert(entry.name).inserted {
                found.append(Violation(listPath, entry.line, "\(entry.name) is listed twice"))
            }
            guard let file = byName[entry.name] else {
                found.append(Violation(listPath, entry.line, "there is no \(entry.name)"))
                continue
            }
            if hasTests(file) {
                let what = "\(entry.name) has its tests: \(testPath(file))"
                found.append(Violation(listPath, entry.line, what))
            }
            found += reason(entry)
        }
        return found
    }

    /// A reason names the files of tests, which have to be there, or says why there are none.
    private func reason(_ entry: Entry) -> [Violation] {
        let named = entry.reason.matches(of: /[A-Za-z0-9+]+Tests\b|Tests\/[A-Za-z0-9\/]+/)
            .map { String($0.output) }
        if named.isEmpty, !entry.reason.hasPrefix("no test: ") {
            let what = "the reason names no tests, and does not begin with 'no test: '"
            return [Violation(listPath, entry.line, what)]
        }
        return named.filter { !isThere($0) }.map {
            Violation(listPath, entry.line, "there is no \($0)")
        }
    }

    /// A file of tests by its name, or a path in `Tests`.
    private func isThere(_ name: String) -> Bool {
        tests.contains { path in
            path == name || path.hasPrefix(name + "/") || path.hasSuffix("/\(name).swift")
        }
    }

    /// `Type+Capability.swift` belongs to `Type.swift`.
    private func testPath(_ file: SourceFile) -> String {
        let stem = file.name.prefix { $0 != "." && $0 != "+" }
        return "Tests/\(file.target ?? "")Tests/\(stem)Tests.swift"
    }

    private func hasTests(_ file: SourceFile) -> Bool { tests.contains(testPath(file)) }
}
