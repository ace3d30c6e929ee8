import Foundation
import MonitorConfig
import Rules
import TestSupport
import Testing

/// Texts that nobody writes: whatever they contain, the answer is a configuration or faults.
@Suite struct HostileTextTests {
    @Test func mutatedExamples() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("HostileTextTests seed: \(seed)")
        var generator = SeededRandom(seed: seed)
        let originals = [try example(), uncommented(try example()), try fuzzerSeed()]
            .map { Array($0.utf8) }
        var accepted = 0
        for round in 0..<3_000 {
            var bytes = originals[round % 3]
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                mutate(&bytes, &generator)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                _ = try Configuration.parse(text: text, file: "m.yaml")
                accepted += 1
            } catch {
                #expect(!error.faults.isEmpty && !error.description.isEmpty)
            }
        }
        #expect(accepted > 0 && accepted < 3_000, "seed \(seed)")
    }

    /// What the fuzzer begins with, which is a valid file.
    private func fuzzerSeed() throws -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = tests.appendingPathComponent("Fuzz/corpus/configuration/rules")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(faults(text) == [])
        return text
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededRandom) {
        let alphabet = Array(":-#[]{}&*!|>'\"%@`?, \n\t\\~0ax.\r\0\u{85}\u{FEFF}\u{F0001}é".utf8)
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let length = Int.random(in: 1...20, using: &generator)
        let end = min(bytes.count, start + length)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0:
            bytes.removeSubrange(start..<end)
        case 1:
            bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 2:
            bytes[start] = UInt8.random(in: 0...255, using: &generator)
        case 3:
            let target = Int.random(in: 0..<bytes.count, using: &generator)
            bytes.insert(contentsOf: bytes[start..<end], at: target)
        default:
            bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: start)
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: "#")] }
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: ", "&a [", "!!seq ["])
    func deepNesting(opening: String) throws {
        for depth in [20, 500, 999, 20_000] {
            let found = faults(String(repeating: opening, count: depth))
            #expect(!found.isEmpty)
        }
        let closing = ["[": "]", "{a: ": "}"]
        if let closing = closing[opening] {
            let text =
                "model: " + String(repeating: opening, count: 900) + "x"
                + String(repeating: closing, count: 900)
            #expect(faults(text).map(\.message) == ["nested more than 16 levels deep"])
        }
    }

    @Test func aliasBombs() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        // As a key, the bomb would go off when keys are compared.
        for text in [bomb, bomb + "? *a30\n: x\n"] {
            #expect(
                faults(text).map(\.message) == ["holds anchors and aliases; write them out"])
        }
        let short = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n? *c\n: x\n"
        #expect(
            faults(short).map(\.message)
                == ["anchors and aliases are not accepted; write the value out"])
    }

    @Test func commandLinesThatLookLikeAnchors() throws {
        let line = "rm *a *b *c *d *e *f *g *h *i *j *k *l *m *n *o *p *q *r & wait"
        let configuration = try Configuration.parse(
            text: "rules: [{name: a, shell: '\(line)'}]", file: "m.yaml")
        #expect(configuration.rules.first?.commands == [.shell(line)])
    }

    /// What stands in a rule is text and stays text, and what is asked for is bounded.
    @Test(arguments: [
        "name: \"a\\n$(reboot)\", shell: x", "name: \"\\e[2J\", shell: x",
        "name: a, shell: x, groups: [[]]",
        "name: a, shell: x, at_least: 99999999999999999999, within: 1m",
        "name: a, shell: x, at_most: {alerts: 1e9, within: 1h}",
        "name: a, shell: x, level: {of: 1e5 Hz, over: 1h, above: 6}",
        "name: a, shell: x, level: {of: 99999.999 kHz, over: 1h, above: nan}",
        "name: a, shell: x, state: {disk_below: 0x5%}", "name: a, shell: x, when: {from: -1:00}",
        "name: a, shell: x, when: {from: ٢٢:٠٠}", "name: a, shell: x, when: {first: 9999-99-99}",
        "name: a, shell: x, when: {? [from] : 1}", "name: a, shell: x, when: {night: {night: []}}",
        "name: a, then: [{webhook: \"http://a/\\r\\nHost: b\"}]",
        "name: a, then: [{webhook: 'http://a', headers: {\"A\\nB\": c}}]",
        "name: a, then: [{webhook: 'http://a', headers: {A: \"b\\r\\nC: d\"}}]",
        "name: a, then: [{webhook: 'file:///etc/passwd'}]", "name: a, then: [[[]]]",
        "name: a, then: [{run: [\"\\0\"]}]",
        "name: a, then: [{shell: x, environment: [\"A\\nB\"]}]",
        "name: a, then: [{shell: x, directory: ~root}]", "name: a, then: {? {} : {}}",
    ])
    func hostileRules(keys: String) {
        #expect(!faults("rules: [{\(keys)}]").isEmpty)
    }

    @Test func manyFaultsAreAllReported() {
        let keys = (0..<5_000).map { "key\($0): 1" }.joined(separator: "\n")
        #expect(faults(keys).count == 5_000)
    }

    @Test func manyRepeatedKeysEnd() {
        let keys = Array(repeating: "database: x", count: 2_000).joined(separator: "\n")
        #expect((2...100).contains(faults(keys).count))
    }
}
