internal import ArgumentParser
internal import Capture
internal import Foundation
internal import HostSystem
internal import Listening
internal import ModelFormat
internal import MonitorConfig
internal import SoundLevels
internal import SourceTypes
internal import Synchronization
internal import Teaching

/// `monitorctl listen`: what a microphone hears now.
struct ListenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Show what a microphone hears: level, spectrogram, labels, events.",
        discussion: """
            Opens the microphone itself, stores nothing and runs no commands. On a terminal it \
            shows the level LAF and LAeq of the last second, a spectrogram, the likeliest labels \
            of this moment, and the last events; q or Ctrl-C ends it, Ctrl-Z holds it. Elsewhere, \
            and with --format json, it prints a line for each level and event.

            SOURCE is the name of a source of the configuration (default: its first one), \
            alsa:NAME as monitorctl devices lists it, or a recording. A source of the \
            configuration has its channel, its calibration and its thresholds.

            While monitord has the device, watch that: monitorctl status --watch.

            Examples:
              monitorctl listen
              monitorctl listen alsa:by-id/usb-Blue_Microphones_Snowball-00
              monitorctl listen street.flac
              monitorctl listen --format json | jq 'select(.type == "event")'

            JSON: a line each, with type: level (at, laeq, lafmax, lcpeak, calibration), scores \
            (at, labels: the three highest scores of a second), event (as monitorctl events has \
            it, each time it changes), gap (start, end, cause), ended (at); and source.

            Exit codes: 66 no such recording, 69 the microphone cannot be used.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(
        help: ArgumentHelp(
            "The source (default: the first one of the configuration).", valueName: "source"),
        completion: .file())
    var source: String?

    @Option(
        help: ArgumentHelp(
            "The configuration of the monitor (default: \(Configuration.standardPath)).",
            valueName: "path"), completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp(
            "The channel to listen to, from 1 (default: that of the source).", valueName: "number"))
    var channel: Int?

    @Option(help: ArgumentHelp("Recognise with this model.", valueName: "path"))
    var model: String?

    @Option(help: "How to write what is heard, other than to a terminal.")
    var format: Format?

    @OptionGroup var database: DatabaseOption

    func validate() throws {
        if let channel, channel < 1 {
            throw ValidationError("--channel \(channel) is not 1 or more")
        }
    }

    func run() throws {
        let file = config ?? Configuration.standardPath
        let hasFile = config != nil || FileManager.default.fileExists(atPath: file)
        let configuration = hasFile ? try Configuration.load(path: file) : Configuration()
        let subject = try ListenSubject(source, channel: channel, configuration)
        let model = try Model.named(model ?? configuration.model)
        let taught = TaughtFolder(path: configuration.taught).selection(for: model)
        let path = database.given ?? Configuration.databaseInEnvironment ?? configuration.database
        let levels = try subject.levels(configuration, database: path)
        let isScreen = format == nil && StandardStream.output.terminalColumns != nil
        // Every thread that is started from here on leaves the signals to this one.
        let signals = TerminalSignals()
        let capture = try SourceCapture(
            name: subject.settings.name, source: subject.open(database: path))
        let hearing = try LiveHearing(
            labels: model.labels + taught.labels, rate: capture.sampleRate, levels: levels,
            lines: isScreen ? nil : format == .json ? .json : .text)
        let lastID = Atomic<Int64>(0)
        let listener = try SourceListener(
            capture: capture, model: model, taught: taught.sounds,
            tracking: configuration.tracking, levels: levels, startTime: nil,
            nextEventID: { lastID.wrappingAdd(1, ordering: .relaxed).newValue },
            onScores: { scores, _, _ in hearing.note(scores) },
            onSamples: { hearing.hear($0, at: $1) }, put: { hearing.note($0) })
        if let failure = listener.levelsFailure { StandardError.write("warning: \(failure)") }
        listener.start()
        let ending =
            try isScreen
            ? ListenScreen(hearing, title: subject.title(capture.sampleRate)).run(signals)
            : LineOutput(hearing).run(signals)
        listener.stop()
        if let failure = hearing.failure { throw failure }
        if case .signal(let number) = ending { signals.end(with: number) }
    }
}

/// Why a view of what is heard ended.
enum ListenEnding: Equatable {
    /// Nothing more comes, or its reader wants no more.
    case done
    /// This signal asked for it.
    case signal(Int32)
}

/// Prints lines as they come.
struct LineOutput {
    private static let interval = Duration.milliseconds(100)

    private let hearing: LiveHearing

    init(_ hearing: LiveHearing) {
        self.hearing = hearing
    }

    func run(_ signals: TerminalSignals) throws -> ListenEnding {
        while true {
            // First, so that no line that came before the end is left.
            let hasEnded = hearing.hasEnded
            for line in hearing.takeLines() { try StandardStream.output.write(line + "\n") }
            if hasEnded { return .done }
            switch signals.next(within: Self.interval) {
            case .end(let number): return .signal(number)
            case .hold: signals.hold()
            case .redraw, nil: break
            }
        }
    }
}
