internal import ArgumentParser
internal import Foundation
internal import Listening
internal import ModelFormat
internal import Teaching
internal import Tracking

/// Which recording to listen to, and how.
struct RecordingOptions: ParsableArguments {
    @Argument(help: "A recording: WAV, FLAC or Ogg, 16 to 192 kHz.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The channel to listen to, from 1.", valueName: "number"))
    var channel = 1

    @Option(help: ArgumentHelp("Recognise with this model.", valueName: "path"))
    var model: String?

    @OptionGroup var taught: TaughtOption

    func validate() throws {
        guard channel >= 1 else { throw ValidationError("--channel \(channel) is not 1 or more") }
    }

    /// The model from the option, or the built-in one.
    func loadModel() throws(ModelError) -> Model {
        try Model.named(model)
    }

    /// Listens to the recording, with a running count of minutes on a terminal, unless scores are
    /// printed there at the same time.
    func analyze(
        with model: Model, taught: [TaughtSound], tracking: TrackingParameters = .init(),
        levels: LevelSettings = LevelSettings(), requiresLevels: Bool = false,
        onScores: (@Sendable (Span<Float>, Int64, Int64) -> Void)? = nil
    ) throws -> FileAnalysis {
        let progress = Progress(isShown: onScores == nil || isatty(STDOUT_FILENO) == 0)
        defer { progress.clear() }
        let analysis = try FileAnalysis(
            path: file, channel: channel, model: model, taught: taught, tracking: tracking,
            levels: levels, requiresLevels: requiresLevels, onScores: onScores,
            onProgress: { progress.show(seconds: $0) })
        if let fault = analysis.channelFault {
            progress.clear()
            StandardError.write("warning: \(fault)")
        }
        return analysis
    }
}

/// A running count of the minutes heard, on a terminal.
struct Progress: Sendable {
    private let isShown: Bool

    /// - Parameter isShown: whether it is shown if standard error is a terminal
    init(isShown: Bool = true) {
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    func show(seconds: Double) {
        guard isShown, Int(seconds) % 60 == 59 else { return }
        StandardError.writePart("\r\(Int(seconds + 1) / 60) min heard")
    }

    func clear() {
        if isShown { StandardError.writePart("\r\u{1B}[K") }
    }
}
