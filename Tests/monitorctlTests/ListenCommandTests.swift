import Foundation
import TestSupport
import Testing

/// `monitorctl listen`: on a terminal, in a pipe, and where there is nothing to listen to.
@Suite struct ListenCommandTests {
    private let monitorctl: BuiltProduct
    private let directory: TemporaryDirectory
    private let cards: TestSoundCards
    private let terminal: PseudoTerminal

    init() throws {
        monitorctl = try BuiltProduct("monitorctl")
        directory = try TemporaryDirectory()
        cards = try TestSoundCards()
        terminal = try PseudoTerminal()
        try terminal.setSize(columns: 80, rows: 24)
    }

    private static let name = "by-id/usb-Blue-00"

    /// The arguments that keep it away from the configuration of this machine.
    private func arguments(_ more: [String]) throws -> [String] {
        let path = directory.path("monitord.yaml")
        let text = """
            database: \(directory.path("events.db"))
            taught: \(directory.path("taught"))
            sources:
              - {name: yard, input: "alsa:\(Self.name)", channel: 2}

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return ["listen", "--config", path] + more
    }

    /// Starts it on the terminal.
    private func start(_ more: [String] = [], locale: String = "C") throws -> RunningProcess {
        let command = ([monitorctl.path] + (try arguments(more))).joined(separator: " ")
        // The shell makes the terminal its output; nothing else is between.
        return try RunningProcess(
            ["/bin/sh", "-c", "exec \(command) <\(terminal.path) >\(terminal.path)"],
            environment: cards.environment.merging(
                ["LC_ALL": locale, "TERM": "xterm", "NO_COLOR": ""]
            ) { $1 })
    }

    private func shown(until text: String) async throws -> String {
        try await terminal.written(until: text)
    }

    private static let begin = "\u{1B}[?1049h"
    private static let end = "\u{1B}[?25h\u{1B}[?1049l"

    @Test func aTerminalShowsTheLevelAndIsLeftAsItWas() async throws {
        try cards.plugIn(DevicesCommandTests.frames(), names: [Self.name])
        #expect(try terminal.echoes())
        let process = try start()
        // A square wave of 1 kHz, 20 dB below full scale, and its spectrogram in characters.
        let shown = try await shown(until: "LAeq  -20.") + self.shown(until: "@@@@")
        #expect(shown.hasPrefix(Self.begin))
        #expect(shown.contains("yard  alsa:by-id/usb-Blue-00, channel 2, 48000 Hz"))
        #expect(shown.contains("dB re full scale  [##"))
        #expect(try !terminal.echoes())
        try terminal.type("q")
        // Read all the while: a full terminal holds up who writes to it.
        #expect(try await self.shown(until: Self.end).hasSuffix(Self.end))
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output)")
        #expect(try terminal.echoes())
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func signalsEndItAndTheTerminalIsLeftAsItWas(_ signal: Int32) async throws {
        try cards.plugIn(DevicesCommandTests.frames(), names: [Self.name])
        let process = try start(locale: "C.UTF-8")
        _ = try await shown(until: "\u{2580}")
        process.send(signal)
        #expect(try await shown(until: Self.end).hasSuffix(Self.end))
        let output = try await process.wait(within: .hang)
        #expect(output.signal == signal, "\(output)")
        #expect(try terminal.echoes())
    }

    @Test func itIsHeldAndGoesOn() async throws {
        try cards.plugIn(DevicesCommandTests.frames(), names: [Self.name])
        let process = try start()
        _ = try await shown(until: "LAF")
        process.send(SIGTSTP)
        _ = try await shown(until: Self.end)
        try await waitUntil("it is stopped") {
            let stat = try String(
                contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
            return stat.contains(") T ")
        }
        #expect(try terminal.echoes())
        process.send(SIGCONT)
        _ = try await shown(until: Self.begin)
        _ = try await shown(until: "LAF")
        #expect(try !terminal.echoes())
        // Another size is taken at the next picture: a line of 40 has no room for a bar.
        try terminal.setSize(columns: 40, rows: 8)
        process.send(SIGWINCH)
        _ = try await shown(until: "yard  alsa:by-id/usb-Blue-00, channel 2\u{1B}[K")
        try terminal.type("q")
        _ = try await shown(until: Self.end)
        #expect(try await process.wait(within: .hang).status == 0)
    }

    @Test func aPipeGetsLines() async throws {
        try cards.plugIn(DevicesCommandTests.frames(), names: [Self.name])
        let text = try monitorctl.start(arguments([]), environment: cards.environment)
        try await waitUntil("a level is printed") {
            try text.standardOutput().contains("  LAeq  -20.")
        }
        text.send(SIGTERM)
        let ended = try await text.wait(within: .hang)
        #expect(ended.signal == SIGTERM)
        #expect(ended.standardOutput.contains("  listening to yard\n"))
        let json = try monitorctl.start(
            arguments(["yard", "--format", "json"]), environment: cards.environment)
        try await waitUntil("a level is printed") {
            try json.standardOutput().contains("{\"type\":\"level\",\"source\":\"yard\",\"at\":")
        }
        json.send(SIGINT)
        #expect(try await json.wait(within: .hang).signal == SIGINT)
    }

    @Test func aRecordingIsListenedToToItsEnd() async throws {
        let path = directory.path("tone.wav")
        let samples = (0..<24_000).map { Int16($0 / 8 % 2 == 0 ? 3_277 : -3_277) }
        try SoundFileWriter.write(samples, to: path, rate: 16_000)
        let process = try monitorctl.start(arguments([path, "--format", "json"]))
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output)")
        let lines = output.standardOutput.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("{\"type\":\"level\",\"source\":\"recording\"") })
        #expect(lines.last?.hasPrefix("{\"type\":\"ended\"") == true)
    }

    @Test func whatCannotBeListenedToIsSaidWithTheNextStep() async throws {
        func refusal(_ more: [String]) async throws -> RunningProcess.Output {
            try await monitorctl.start(arguments(more), environment: cards.environment)
                .wait(within: .hang)
        }
        let unknown = try await refusal(["yrad"])
        #expect(unknown.status == 66)
        #expect(
            unknown.standardError.contains(
                "\"yrad\" is neither a source of the configuration (yard), nor"))
        let missing = try await refusal([])
        #expect(missing.status == 69)
        #expect(missing.standardError.contains("no sound card of this name is plugged in"))
        let card = try cards.plugIn(DevicesCommandTests.frames(), names: [Self.name])
        let channel = try await refusal(["--channel", "3"])
        #expect(channel.standardError.contains("has no channel 3; accepted: 1 to 2"))
        try cards.set(.busy, card: card)
        let busy = try await refusal([])
        #expect(busy.status == 69)
        #expect(busy.standardError.contains("another program holds it"))
    }
}
