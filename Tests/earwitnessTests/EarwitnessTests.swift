import Foundation
import TestSupport
import Testing

@Suite("One program file with two names")
struct EarwitnessTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Runs the program under another path.
    private func run(_ name: String, _ arguments: [String]) throws -> RunningProcess.Output {
        let path = directory.path(name)
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: try BuiltProduct("monitord").path)
        return try RunningProcess([path] + arguments).wait()
    }

    @Test("each name is a program of its own", arguments: ["monitord", "monitorctl"])
    func helpsUnderItsName(name: String) throws {
        let help = try run(name, ["--help"])
        #expect(help.status == 0)
        #expect(help.standardOutput.contains("USAGE: \(name) "))
    }

    @Test("a fault is told under the name", arguments: ["monitord", "monitorctl"])
    func failsUnderItsName(name: String) throws {
        let fault =
            name == "monitord"
            ? try run(name, ["--config", directory.path("none")])
            : try run(name, ["events", "--database", directory.path("none")])
        #expect(fault.status == (name == "monitord" ? 78 : 66))
        #expect(fault.standardError.hasPrefix("\(name): error: "), "\(fault.standardError)")
    }

    @Test("completion scripts are for the name", arguments: ["monitord", "monitorctl"])
    func completesItsName(name: String) throws {
        let script = try run(name, ["--generate-completion-script", "zsh"])
        #expect(script.standardOutput.hasPrefix("#compdef \(name)\n"))
    }

    @Test("any other name is refused with the two that there are", arguments: ["earwitness", "x"])
    func refusesOtherNames(name: String) throws {
        let refusal = try run(name, ["--help"])
        #expect(refusal.status == 64)
        #expect(refusal.standardOutput.isEmpty)
        #expect(
            refusal.standardError == """
                earwitness: error: this program is called by one of its names, monitord or \
                monitorctl, not as '\(directory.path(name))'

                """)
    }
}
