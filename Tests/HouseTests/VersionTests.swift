import Testing

/// The version is written down in the program, in the package and in the list of changes.
@Suite struct VersionTests {
    private func first(_ pattern: Regex<(Substring, Substring)>, in path: String) throws -> String {
        let text = try HouseFiles.file(named: path).text
        return String(try #require(text.firstMatch(of: pattern), "\(path) has no version").1)
    }

    @Test func allSayTheSame() throws {
        let program = try first(
            #/let programVersion = "([^"]+)"/#, in: "Sources/HostSystem/ProgramVersion.swift")
        #expect(try first(#/^earwitness \(([^)]+)\)/#, in: "debian/changelog") == program)
        #expect(try first(#/\n## ([0-9.]+)/#, in: "CHANGELOG.md") == program)
    }
}
