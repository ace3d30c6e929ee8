internal import ArgumentParser
internal import Capture
internal import EventStore
internal import Foundation
internal import HostSystem
internal import LevelTypes
internal import Listening
internal import Listings
internal import MonitorConfig
internal import SoundLevels
internal import SourceTypes
internal import Timekeeping

/// `monitorctl calibrate`: the level of full scale, measured with an acoustic calibrator.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Calibrate a source with an acoustic calibrator.",
        discussion: """
            Stop the monitor, put the calibrator on the microphone, switch it on, wait until it \
            is still, and run this. It checks the tone, shows by how much the levels have \
            drifted, and asks before it stores the calibration. The monitor uses it from its \
            next start on. Nothing is ever calibrated by itself.

            A calibration holds for the source and the input that the configuration has for it.

            Examples:
              sudo systemctl stop monitord
              sudo -u earwitness monitorctl calibrate --level 94 --frequency 1000
              sudo systemctl start monitord
              monitorctl calibrate --level 114 --frequency 250 --input file:cal.wav --check
              monitorctl calibrate --history

            Exit codes: 65 the tone is not that of the calibrator, 69 the microphone cannot be \
            used, 75 the monitor runs.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: ArgumentHelp("The level of the calibrator, 60 to 130.", valueName: "dB"))
    var level: Double?

    @Option(help: ArgumentHelp("The frequency of the calibrator, 250 or 1000.", valueName: "Hz"))
    var frequency = 1_000

    @Option(
        help: ArgumentHelp("The source to calibrate (default: the only one).", valueName: "name"))
    var source: String?

    @Option(help: ArgumentHelp("The configuration file of the monitor.", valueName: "path"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Listen to this in place of the input of the source: the same microphone, or a "
                + "recording of the calibrator made with it.", valueName: "input"))
    var input: String?

    @Option(help: ArgumentHelp("How long to listen, 3 to 120.", valueName: "s"))
    var seconds = 10.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What to add to the level for this microphone, -6 to 6: pressure to free field, air "
                + "pressure, volume.", valueName: "dB"))
    var correctionDb = 0.0

    @Option(help: ArgumentHelp("What to remember with the calibration.", valueName: "text"))
    var note = ""

    @Flag(help: "Compare only; store nothing.")
    var check = false

    @Flag(help: "Store without asking.")
    var yes = false

    @Flag(help: "List the calibrations so far, and do nothing else.")
    var history = false

    @Option(help: "How to write the history.")
    var format = Format.table

    @OptionGroup var database: DatabaseOption

    func validate() throws {
        guard level != nil || history else {
            throw ValidationError("--level is missing: that of the calibrator, usually 94 or 114")
        }
        if let level, !(60...130).contains(level) {
            throw ValidationError("--level \(level) is not from 60 to 130")
        }
        guard [250, 1_000].contains(frequency) else {
            throw ValidationError("--frequency \(frequency) is neither 250 nor 1000")
        }
        guard (3...120).contains(seconds) else {
            throw ValidationError("--seconds \(seconds) is not from 3 to 120")
        }
        guard (-6...6).contains(correctionDb) else {
            throw ValidationError("--correction-db \(correctionDb) is not from -6 to 6")
        }
        guard note.utf8.count <= 1_000 else {
            throw ValidationError("--note has \(note.utf8.count) bytes; accepted are 1000")
        }
        if check, yes { throw ValidationError("--check stores nothing; --yes does not go with it") }
    }

    func run() throws {
        let file = config ?? Configuration.standardPath
        let path = database.path(configuration: file)
        guard !history else { return try printHistory(path) }
        let hasFile = config != nil || FileManager.default.fileExists(atPath: file)
        let configuration = hasFile ? try Configuration.load(path: file) : Configuration()
        let source = try chosen(among: configuration.sources)
        guard check || yes || isatty(STDIN_FILENO) == 1 else { throw CalibrateError.noTerminal }
        do {
            try calibrate(source, path)
        } catch {
            throw CalibrateError.advising(error)
        }
    }
}

extension CalibrateCommand {
    private func printHistory(_ path: String) throws {
        let calibrations = try EventReader(path: path).calibrations(source: source)
        switch format {
        case .json: try StandardStream.output.write(CalibrationTable.json(calibrations))
        case .table where calibrations.isEmpty:
            let whose = source.map { "of the source \"\($0)\" " } ?? ""
            StandardError.write("no calibration \(whose)in \(path)")
        case .table: try StandardStream.output.write(CalibrationTable.text(calibrations))
        }
    }

    private func chosen(among sources: [SourceConfiguration]) throws -> SourceConfiguration {
        let names = sources.map(\.name)
        guard let source else {
            guard sources.count == 1 else { throw CalibrateError.sourceNeeded(known: names) }
            return sources[0]
        }
        guard let found = sources.first(where: { $0.name == source }) else {
            throw CalibrateError.unknownSource(source, known: names)
        }
        return found
    }

    /// Measures, reports, and stores the result if the operator wants that.
    private func calibrate(_ settings: SourceConfiguration, _ path: String) throws {
        let response = try settings.levels.microphoneCorrection.map {
            try MicrophoneResponse(path: $0)
        }
        // The microphone first, so that a wrong one does not change a database. The database before
        // the measurement, so that nobody measures for nothing.
        let capture = try open(settings)
        let exists = FileManager.default.fileExists(atPath: path)
        let store = exists && !check ? try EventStore(path: path) : nil
        let last =
            try store?.lastCalibration(source: settings.name, input: settings.input.description)
            ?? (exists && check ? lastCalibration(settings, path) : nil)
        let measurement = try measure(capture, response)
        let report = report(settings, measurement, last, response)
        try StandardStream.output.write(report.text)
        guard !check else { return }
        guard isWanted(report) else { return StandardError.write("nothing was stored") }
        DataDirectory.current.prepare(for: path)
        let writer = try store ?? EventStore(path: path)
        try writer.add(report.calibration)
        try writer.close()
        try StandardStream.output.write(
            "stored; the monitor uses it from its next start on (systemctl start monitord)\n")
    }

    private func open(_ settings: SourceConfiguration) throws -> any CaptureSource {
        let input = try input.map { try SourceSpecification(parsing: $0) } ?? settings.input
        return try input.open(
            channel: settings.channel, rate: input.isDevice ? settings.rate : nil, pace: .maximum,
            streamFormat: settings.stream)
    }

    private func lastCalibration(
        _ settings: SourceConfiguration, _ path: String
    ) throws -> Calibration? {
        try EventReader(path: path)
            .lastCalibration(source: settings.name, input: settings.input.description)
    }

    private func measure(
        _ source: any CaptureSource, _ response: MicrophoneResponse?
    ) throws -> CalibratorMeasurement {
        var progress = CalibrationProgress(seconds: seconds, rate: source.sampleRate)
        defer { progress.end() }
        return try calibrator.measure(source, seconds: seconds, correcting: response) {
            progress.show($0)
        }
    }

    private var calibrator: CalibratorCheck {
        CalibratorCheck(
            frequencyHertz: Double(frequency), level: level ?? 0, correction: correctionDb)
    }

    private func report(
        _ settings: SourceConfiguration, _ measurement: CalibratorMeasurement,
        _ last: Calibration?, _ response: MicrophoneResponse?
    ) -> CalibrationReport {
        let calibration = Calibration(
            of: settings.name, input: settings.input.description, time: .now(), note: note,
            check: calibrator, measurement: measurement, last: last)
        let scale = LevelScale(
            calibration: last, fullScaleDecibels: settings.levels.fullScaleDecibels,
            response: response)
        return CalibrationReport(
            calibration: calibration, input: input ?? calibration.input, measurement: measurement,
            last: last, scale: scale)
    }

    /// Asks, unless the answer was given beforehand.
    private func isWanted(_ report: CalibrationReport) -> Bool {
        guard !yes else { return true }
        // Anything typed before the result was shown is not an answer.
        tcflush(STDIN_FILENO, TCIFLUSH)
        let source = printable(report.calibration.source)
        StandardError.writePart("Store this calibration of \(source)? [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
