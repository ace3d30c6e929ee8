internal import Acoustics
internal import ArgumentParser
internal import Foundation
internal import Pipeline
internal import SoundNet
internal import Teaching

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

    /// The model of the option, or the one that is built in.
    func loadModel() throws(ModelError) -> Model {
        guard let model else { return try Model.builtIn() }
        return try Model(path: model)
    }

    /// Listens to the recording, with a count of the minutes on a terminal, unless scores are
    /// printed there at the same time.
    func analyze(
        with model: Model, taught: [TaughtSound], levels: LevelSettings = LevelSettings(),
        requiresLevels: Bool = false,
        onScores: (@Sendable (Span<Float>, Int64, Int64) -> Void)? = nil
    ) throws -> FileAnalysis {
        let showsProgress =
            isatty(STDERR_FILENO) == 1 && (onScores == nil || isatty(STDOUT_FILENO) == 0)
        let analysis = try FileAnalysis(
            path: file, channel: channel, model: model, taught: taught, levels: levels,
            requiresLevels: requiresLevels, onScores: onScores,
            onProgress: { seconds in
                if showsProgress, Int(seconds) % 60 == 59 {
                    StandardError.writePart("\r\(Int(seconds + 1) / 60) min heard")
                }
            })
        if showsProgress { StandardError.writePart("\r\u{1B}[K") }
        return analysis
    }
}
