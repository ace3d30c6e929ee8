import Testing

/// The rules of the house, on the files of the package. Each breach is an issue of its own.
@Suite struct HouseRuleTests {
    @Test func targetsImportWhatTheTableSays() throws {
        let rules = ImportRules(
            architecture: try HouseFiles.file(named: "ARCHITECTURE.md"),
            manifest: try HouseFiles.file(named: PackageManifest.path).text,
            sources: try HouseFiles.all())
        report(rules.violations())
    }

    @Test func linesFitTheScreen() throws {
        report(try HouseFiles.all().flatMap(TextRules.lineLengths))
    }

    @Test func functionsFitTheScreen() throws {
        report(try HouseFiles.all().flatMap(FunctionLengths.violations))
    }

    @Test func everySourceFileHasTests() throws {
        let list = try HouseFiles.file(named: "Tests/HouseTests/untested-files.txt")
        report(TestFiles(list: list, files: try HouseFiles.all()).violations())
    }

    @Test func foldersAreSmall() throws {
        report(FolderSizes.violations(try HouseFiles.all()))
    }

    @Test func nothingIsLeftOver() throws {
        report(try othersFiles().flatMap(TextRules.leftovers))
    }

    @Test func theWordsAreEnglish() throws {
        let phrases = Phrases(try HouseFiles.file(named: "Tests/HouseTests/phrases.txt"))
        report(phrases.faults + (try othersFiles().flatMap(phrases.violations)))
    }

    /// All but the files of this target, which name what they look for.
    private func othersFiles() throws -> [SourceFile] {
        try HouseFiles.all().filter { !$0.path.hasPrefix("Tests/HouseTests/") }
    }

    private func report(_ violations: [Violation]) {
        for violation in violations.sorted() { Issue.record("\(violation)") }
    }
}
