import Foundation
import ModelFormat
import TestSupport
import Testing

/// What an example asks for can be heard: it names a label of the built-in model.
@Suite struct ExampleLabelTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The labels that a text asks for, except what the owner calls a sound.
    private func labels(in text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.contains("monitorctl mark") }.flatMap { line in
            line.matches(of: /(?:monitorctl .*--label |label\.name = ')([a-z_]+)/)
                .map { String($0.output.1) }
        }
    }

    @Test func examplesNameLabelsThatThereAre() throws {
        let product = try BuiltProduct("monitorctl")
        let known = try Model.named(nil).labels + ["loud"]
        var texts = try ["events", "levels", "report", "analyze", "scores", "explain", "labels"]
            .map { try product.run([$0, "--help"]).standardOutput }
        texts.append(try product.run(["--help"]).standardOutput)
        for folder in ["docs", "man"] {
            let path = Self.root.appending(path: folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: path.path)
            where name.hasSuffix(".md") || name.hasPrefix("monitor") {
                texts.append(try String(contentsOf: path.appending(path: name), encoding: .utf8))
            }
        }
        texts.append(
            try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8))
        let named = texts.flatMap(labels)
        #expect(named.count > 5, "\(named)")
        #expect(named.filter { !known.contains($0) } == [])
    }
}
