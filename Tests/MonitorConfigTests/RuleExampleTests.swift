import Foundation
import MonitorConfig
import Rules
import Testing
import Timekeeping

/// The examples of `docs/rules.md` are whole files without faults, and without advice against them.
@Suite struct RuleExampleTests {
    @Test func examplesAreAccepted() throws {
        let first = try blocks(page()).first ?? ""
        let twenty = try blocks(section("Twenty examples"))
        #expect(twenty.count == 20)
        for example in [first] + twenty {
            let configuration = try Configuration.parse(text: example, file: "m.yaml")
            try configuration.validate(labels: Self.labels, groups: ["human"])
            #expect(!configuration.rules.isEmpty)
            // 2026-06-15
            let now = UTCTime(microseconds: 1_781_521_200_000_000)
            #expect(configuration.ruleAdvice(at: now) == [], "\(example)")
        }
    }

    @Test func theyShowEveryKey() throws {
        let shown = try blocks(section("Twenty examples")).joined()
        let tables = try section("Keys of a rule").components(separatedBy: "### Groups\n")
        let groups = tables[1].components(separatedBy: "### Actions\n")
        let keys = (tables[0] + groups[1]).matches(of: /(?m)^\| `([a-z_]+)`/).map { String($0.1) }
        #expect(keys.count > 45)
        #expect(keys.filter { !shown.contains("\($0):") } == [])
    }

    private func blocks(_ text: String) -> [String] {
        text.matches(of: /```yaml\n([^`]*)```/).map { String($0.1) }
    }

    private func section(_ name: String) throws -> String {
        let parts = try page().components(separatedBy: "\n## ")
        return try #require(parts.first { $0.hasPrefix(name + "\n") })
    }

    private func page() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let url = root.appendingPathComponent("docs/rules.md")
        return try String(contentsOf: url, encoding: .utf8)
    }

    private static let labels = [
        "airplane", "alarm", "bird", "crow", "crying_baby", "dog_bark", "drilling", "fireworks",
        "glass_break", "gunshot", "helicopter", "insect", "jackhammer", "knock",
        "rain",
        "siren", "thunder",
    ]
}
