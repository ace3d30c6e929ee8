import Testing

/// Which source files count as tested, and which lines of the list are wrong.
@Suite struct TestFilesTests {
    @Test func aFileWithoutTests() {
        #expect(violations("") == ["Sources/A/Peak.swift:1: \(missing)"])
        #expect(violations("# Peaks\n\nPeak.swift: MeterTests reads the peaks\n").isEmpty)
        #expect(violations("Peak.swift: no test: constants alone\n").isEmpty)
        #expect(violations("Peak.swift: Tests/Extra holds it against the standard\n").isEmpty)
    }

    private let missing = "there is no Tests/ATests/PeakTests.swift, and no line in list.txt"

    @Test(arguments: [
        ("Peak.swift", "not of the form 'file: reason'"),
        ("Peak.swift: because", "the reason names no tests, and does not begin with 'no test: '"),
        ("Peak.swift: PeakTests", "there is no PeakTests"),
        ("Peak.swift: Tests/Other", "there is no Tests/Other"),
        ("Gone.swift: MeterTests", "there is no Gone.swift"),
        ("Meter.swift: MeterTests", "Meter.swift has its tests: Tests/ATests/MeterTests.swift"),
        (
            "Meter+Text.swift: MeterTests",
            "Meter+Text.swift has its tests: Tests/ATests/MeterTests.swift"
        ),
    ])
    func aWrongLine(line: String, message: String) {
        #expect(violations(line).contains("list.txt:1: \(message)"))
    }

    @Test func aFileThatIsListedTwice() {
        let list = "Peak.swift: MeterTests\nPeak.swift: MeterTests\n"
        #expect(violations(list) == ["list.txt:2: Peak.swift is listed twice"])
    }

    @Test func twoFilesOfOneName() {
        let other = SourceFile("Sources/B/Meter.swift", "")
        #expect(
            violations("Peak.swift: MeterTests", other).contains(
                "Sources/B/Meter.swift:1: there is another Meter.swift: Sources/A/Meter.swift"))
    }

    private func violations(_ list: String, _ more: SourceFile...) -> [String] {
        let files = [
            "Sources/A/Meter.swift", "Sources/A/Meter+Text.swift", "Sources/A/Peak.swift",
            "Sources/A/include/a.h", "Tests/ATests/MeterTests.swift", "Tests/Extra/run",
        ].map { SourceFile($0, "") }
        return TestFiles(list: SourceFile("list.txt", list), files: files + more).violations()
            .sorted().map(\.description)
    }
}
