import Foundation
import MonitorConfig
import Rules
import Testing

@testable import RuleTrials

/// Tests of rules, and the examples of `docs/rules.md` as such.
@Suite struct RuleTestResultTests {
    @Test(arguments: 1...20)
    func everyExampleFires(number: Int) throws {
        let examples = try blocks(section("Twenty examples"))
        #expect(examples.count == 20)
        try pass(examples[number - 1] + "tests:\n" + ExampleTimelines.all[number - 1])
    }

    @Test func theTestsOfTheDocumentPass() throws {
        let examples = try blocks(section("Try before you trust"))
        #expect(examples.count == 2)
        for example in examples { try pass(example) }
    }

    @Test func whatDiffersIsShown() throws {
        let text = """
            rules:
              - {name: dog, labels: [dog_bark], cooldown: 0, command: [notify]}
            tests:
              - name: wrong
                timeline:
                  - {at: 10s, event: {label: dog_bark}}
                  - {at: 30s, event: {label: dog_bark}}
                  - {at: 50s, event: {label: dog_bark, confidence: 0.1}}
                expect:
                  - {at: 10s, fired: dog, events: 2}
                  - {at: 20s, fired: dog}
                  - {at: 30s, fired: dog}
                  - {from: 40s, until: 1m, nothing: any}
            """
        let results = try results(text)
        #expect(
            results[0].differences == [
                "- 10s: fired dog, 2 events", "+ 10500ms: fired dog, 1 event", "- 20s: fired dog",
                "+ 50500ms: fired dog, 1 event",
                "+ 50500ms: fired dog, 1 event, where nothing is expected",
                "+ 51s: resolved dog, 1 event, where nothing is expected",
            ])
    }

    @Test func nothingHappensInAnEmptyTimeline() throws {
        try pass(
            """
            rules:
              - {name: dog, labels: [dog_bark], command: [notify]}
            tests:
              - {name: nothing, timeline: [], expect: []}
            """)
    }

    @Test func clocksGapsAndRestarts() throws {
        try pass(
            """
            rules:
              - name: dog
                labels: [dog_bark]
                group_by: source
                for: 20s
                keep_firing_for: 10s
                resolved: true
                command: [notify]
            tests:
              - name: a clock that is set changes nothing
                timeline:
                  - {at: 10s, event: {label: dog_bark, duration: 40s}}
                  - {at: 20s, clock: -1h}
                expect: [{at: 30s, fired: dog}, {at: 1m, resolved: dog}]
              - name: what is not heard does not count
                timeline:
                  - {at: 10s, event: {label: dog_bark, duration: 15s}}
                  - {at: 25s, gap: 30s}
                expect: [{from: 0s, until: 2m, nothing: any}]
              - name: an alert outlasts a restart
                timeline:
                  - {at: 10s, event: {label: dog_bark, duration: 30s}}
                  - {at: 40s, restart: 1m}
                expect: [{at: 30s, fired: dog}, {at: 110s, resolved: dog}]
            """)
    }

    private func pass(_ text: String) throws {
        for result in try results(text) {
            #expect(result.differences == [], "\(result.test.name)")
        }
    }

    private func results(_ text: String) throws -> [RuleTestResult] {
        let file = try RuleTestFile.parse(text: text, file: "rules-test.yaml")
        #expect(!file.tests.isEmpty)
        let rules = file.configuration.ruleSet.resolvingGroups(["human": ["speech"]])
        return file.tests.map { test in
            RuleTestResult(
                test, rules: rules, sources: file.configuration.sources.map(\.name))
        }
    }

    private func blocks(_ text: String) -> [String] {
        text.matches(of: /```yaml\n([^`]*)```/).map { String($0.1) }
    }

    private func section(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appendingPathComponent("docs/rules.md"), encoding: .utf8)
        let parts = page.components(separatedBy: "\n## ")
        return try #require(parts.first { $0.hasPrefix(name + "\n") })
    }
}
