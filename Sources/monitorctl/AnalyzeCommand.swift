internal import Acoustics
internal import ArgumentParser
internal import Pipeline
internal import Reports

/// `monitorctl analyze`: what is to be heard in a recording, without a database.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "List what is to be heard in a recording.",
        discussion: """
            The recording takes the same way as the sound of a microphone, as fast as possible. \
            Nothing is stored.

            Examples:
              monitorctl analyze street.flac
              monitorctl analyze street.flac --format json | jq '.events[].label'
              monitorctl analyze night.wav --start-time "2026-11-22 22:00"

            JSON: file, sample_rate, duration_s, events; each event has the fields of \
            `monitorctl events --format json`, and onset_s and offset_s in seconds from the \
            start of the file.

            A recording that ends early is listed as far as it goes; the exit code is then 65.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @OptionGroup var recording: RecordingOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("When the recording began (default: now).", valueName: "time"))
    var startTime: String?

    @Option(help: "How to write the events.")
    var format = Format.table

    func run() throws {
        let start = try startTime.map { try TimeExpression.parse($0, now: .now()) } ?? .now()
        let analysis = try recording.analyze(with: recording.loadModel())
        let report = AnalysisReport(
            file: recording.file, sampleRate: analysis.sampleRate,
            durationSeconds: analysis.durationSeconds, start: start,
            events: analysis.events(from: start))
        try StandardStream.output.write(format == .json ? report.json : report.text)
        if let failure = analysis.failure { throw failure }
    }
}

extension FileAnalysis {
    /// The events of a recording that began at `start`.
    fileprivate func events(from start: UTCTime) -> [SoundEvent] {
        let shift = start.microseconds - Self.start.microseconds
        return events.map { event in
            var event = event
            event.onset.microseconds += shift
            event.heardUntil.microseconds += shift
            return event
        }
    }
}
