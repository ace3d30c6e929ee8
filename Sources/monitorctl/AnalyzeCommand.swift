internal import ArgumentParser
internal import Capture
internal import HostSystem
internal import LevelTypes
internal import Listening
internal import Listings
internal import ModelFormat
internal import MonitorConfig
internal import SoundLevels
internal import SoundTypes
internal import Teaching
internal import Timekeeping

/// `monitorctl analyze`: what can be heard in a recording, without a database.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "List what is to be heard in a recording, and measure how loud it is.",
        discussion: """
            The recording goes through the same stages as the sound of a microphone, as fast as \
            possible. Nothing is stored.

            Examples:
              monitorctl analyze street.flac
              monitorctl analyze street.flac --sensitivity high
              monitorctl analyze street.flac --format json | jq '.events[].label'
              monitorctl analyze night.wav --start-time "2026-11-22 22:00"
              monitorctl analyze site.wav --full-scale-db 121.3 --format json

            Levels are relative to full scale unless --full-scale-db says which level full scale \
            has: that of a sine with the peak 1.0 plus 3.01 dB. They can be measured at 16, 22.05, \
            24, 32, 44.1, 48, 64, 88.2, 96, 128, 176.4 and 192 kHz.

            Where nothing became an event, the three labels that came nearest are listed, with \
            what their scores reached and what they needed.

            JSON: file, sample_rate, duration_s, levels, events, near_misses (empty if there are \
            events: label, at_s, peak, duration_s, on, minimum_duration_s). Each event has the \
            fields of `monitorctl events --format json`, and onset_s and offset_s in seconds from \
            the start of the file. levels has LAeq, LCeq, LZeq, LAE, LAFmax, LAFmin, LASmax, \
            LCpeak, LZpeak, sample_peak, LAF_end and LAS_end (after the last sample), Ln (by \
            percent), series (of the complete seconds), bands_1_1 and bands_1_3 (Leq by nominal \
            frequency), flags, calibration, full_scale_db; it is null where levels cannot be \
            measured.

            A recording that ends early is listed as far as it goes; the exit code is then 65.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @OptionGroup var recording: RecordingOptions

    @OptionGroup var trackingOptions: TrackingOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            When the recording began (default: what its bext or GUANO chunk or its name says; else \
            it ends now).
            """,
            valueName: "time"))
    var startTime: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The level of an RMS of 1.0, in dB re 20 µPa; levels are then indicative.",
            valueName: "dB"))
    var fullScaleDb: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Levels below this are marked as under-range.", valueName: "dB"))
    var noiseFloorDb: Double?

    @Option(
        help: ArgumentHelp(
            "Take the response of the microphone, which this file has, out of the recording.",
            valueName: "path"), completion: .file())
    var microphoneCorrection: String?

    @Option(help: "How to write the result.")
    var format = Format.table

    func validate() throws {
        for (name, value) in [("full-scale-db", fullScaleDb), ("noise-floor-db", noiseFloorDb)] {
            guard let value, !Self.acceptedDecibels.contains(value) else { continue }
            let range = Self.acceptedDecibels
            throw ValidationError(
                "--\(name) \(value) is not from \(range.lowerBound) to \(range.upperBound) dB")
        }
    }

    private static let acceptedDecibels = -200.0...200.0

    func run() throws {
        let givenStart = try startTime.map { try TimeExpression.parse($0, now: .now()) }
        // A user who gives a scale wants levels; one who does not still gets the events.
        let configuration = try trackingOptions.configuration()
        let model = try Model.named(recording.model ?? configuration?.model)
        let taught = recording.taught.selection(for: model, configuration: configuration)
        try configuration?.validate(
            labels: model.labels + taught.labels, groups: model.groups)
        let tracking = trackingOptions.tracking(configuration)
        let analysis = try recording.analyze(
            with: model, taught: taught.sounds, tracking: tracking, levels: levelSettings(),
            requiresLevels: fullScaleDb != nil)
        if let failure = analysis.levelsFailure { StandardError.write("warning: \(failure)") }
        if let decibels = analysis.correctionFault {
            StandardError.write(
                "warning: the microphone correction is met within \(decibels) dB only")
        }
        let start = givenStart ?? analysis.recordingStart.time
        let report = AnalysisReport(
            file: recording.file, sampleRate: analysis.sampleRate,
            durationSeconds: analysis.durationSeconds, start: start,
            events: analysis.events(from: start),
            nearMisses: analysis.nearMisses, levels: analysis.levels)
        try StandardStream.output.write(format == .json ? report.json : report.text)
        if let failure = analysis.failure { throw failure }
    }

    private func levelSettings() throws(MicrophoneFileError) -> LevelSettings {
        var response: MicrophoneResponse?
        if let microphoneCorrection {
            response = try MicrophoneResponse(path: microphoneCorrection)
        }
        return LevelSettings(
            scale: LevelScale(
                calibration: nil, fullScaleDecibels: fullScaleDb, response: response),
            response: response, noiseFloorDecibels: noiseFloorDb)
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
