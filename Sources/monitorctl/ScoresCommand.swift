internal import ArgumentParser
internal import Capture
internal import HostSystem
internal import Listening
internal import ModelFormat
internal import Teaching
internal import Timekeeping

/// `monitorctl scores`: the scores of the network over a recording, for evaluation.
struct ScoresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scores",
        abstract: "Print the scores of every label over a recording.",
        discussion: """
            One line a network step, separated by tabs: onset and offset in seconds from the start \
            of the file, then the score of each label, 0 to 1, not smoothed. The first line has \
            the names; those of taught sounds come last. This is the form that \
            sed_scores_eval reads.

            Example:
              monitorctl scores street.flac > street.tsv
            """)

    @OptionGroup var recording: RecordingOptions

    func run() throws {
        let model = try recording.loadModel()
        let taught = recording.taught.sounds(for: model)
        // The analysis reports its rate at the end, which is too late for lines printed as they are
        // heard.
        let rate = try FileSource(
            path: recording.file, channel: recording.channel, pace: .maximum
        ).sampleRate
        try StandardStream.output.write(
            Self.line(["onset", "offset"] + model.labels + taught.map(\.label)))
        let analysis = try recording.analyze(with: model, taught: taught) { scores, start, end in
            do throws(OutputError) {
                try StandardStream.output.write(Self.line(scores, from: start, to: end, rate: rate))
            } catch {
                // Nobody is reading any more, or nothing more can be written: the rest of the
                // recording is of no use, and an analysis has no other way to end before its
                // recording does.
                Monitorctl.end(with: error)
            }
        }
        if let failure = analysis.failure { throw failure }
    }

    private static func line(
        _ scores: Span<Float>, from start: Int64, to end: Int64, rate: SampleRate
    ) -> String {
        let times = [start, end].map { text(rate.seconds($0)) }
        let values = scores.indices.map { text(Double(scores[$0])) }
        return line(times + values)
    }

    private static func text(_ number: Double) -> String {
        fixedPoint(number, places: 6) ?? "nan"
    }

    private static func line(_ fields: [String]) -> String {
        fields.joined(separator: "\t") + "\n"
    }
}
