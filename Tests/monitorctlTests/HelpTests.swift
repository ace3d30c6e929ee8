import TestSupport
import Testing

/// The help of both programs, as a terminal of 80 columns shows it.
@Suite struct HelpTests {
    private static let commands = [
        "events", "levels", "report", "analyze", "scores", "explain", "labels", "calibrate",
        "teach", "taught", "forget", "mark", "hooks", "alerts", "alerts list", "alerts show",
        "alerts stats", "silence", "silence list", "silence add", "silence expire", "ack", "reload",
        "rules", "rules check", "rules replay", "rules explain", "rules test", "rules fire",
    ]

    /// An example that is broken into two lines cannot be copied: each line of a list of examples
    /// begins with a program.
    @Test func examplesStayInOnePiece() throws {
        var texts = [
            try BuiltProduct("monitord").run(["--help"]), try BuiltProduct("monitorctl").run([]),
        ]
        for command in Self.commands {
            let words = command.split(separator: " ").map(String.init)
            texts.append(try BuiltProduct("monitorctl").run(words + ["--help"]))
        }
        for output in texts {
            let lines = output.standardOutput.split(
                separator: "\n", omittingEmptySubsequences: false)
            let examples = lines.drop { !$0.hasPrefix("Example") }.dropFirst().prefix {
                !$0.isEmpty
            }
            #expect(!examples.isEmpty)
            for line in examples {
                #expect(line.count <= 80, "\(line)")
                let program = line.drop { $0 == " " }.prefix { $0 != " " }
                #expect(["monitord", "monitorctl", "sudo", "arecord"].contains(program), "\(line)")
            }
        }
    }
}
