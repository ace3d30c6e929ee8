internal import ArgumentParser
internal import HostSystem
internal import MonitorConfig
internal import RuleTrials
internal import Rules

/// `monitorctl rules test`: unit tests of rules.
struct RulesTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run unit tests of rules: timelines, and the alerts that are expected.",
        discussion: """
            The file names the rules, or holds them, and has a list of tests; docs/rules.md \
            describes it. A test that fails is printed with what differs: - what is expected and \
            did not happen, + what happened and is not expected.

            Ends with 0, with 1 if a test fails, with 78 if there is a fault in the file.

            Example:
              monitorctl rules test rules-test.yaml
            """)

    @Argument(
        help: ArgumentHelp("The file with the tests.", valueName: "file"), completion: .file())
    var file: String

    func run() throws {
        let tests = try RuleTestFile.load(path: file)
        let tried = try TriedRules(tests.configuration)
        let sources = tests.configuration.sources.map(\.name)
        var failed = 0
        for test in tests.tests {
            let result = RuleTestResult(test, rules: tried.ruleSet, sources: sources)
            if !result.isPassed { failed += 1 }
            try StandardStream.output.write(text(result))
        }
        let count = tests.tests.count
        try StandardStream.output.write(
            "\(count) \(count == 1 ? "test" : "tests"), \(failed) failed\n")
        if failed > 0 { throw ExitCode(1) }
    }

    private func text(_ result: RuleTestResult) -> String {
        guard !result.isPassed else { return "pass  \(printable(result.test.name))\n" }
        let head = "FAIL  \(printable(result.test.name)) (\(printable(file)):\(result.test.line))\n"
        return head + result.differences.map { "  \(printable($0))\n" }.joined()
    }
}
