internal import ArgumentParser
internal import Capture
internal import HostSystem
internal import Listening
internal import ModelFormat
internal import Synchronization
internal import Teaching
internal import Timekeeping
internal import Tracking

/// `monitorctl scores`: the scores of the network over a recording, for evaluation.
struct ScoresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scores",
        abstract: "Print the scores of every label over a recording.",
        discussion: """
            One line a network step, separated by tabs: onset and offset in seconds from the start \
            of the file, then the score of each label, 0 to 1. The first line has the names; those \
            of taught sounds come last. This is the form that sed_scores_eval reads.

            With --smoothed the scores are those by which events are settled: each label's went \
            through the median filter of its own length.

            Examples:
              monitorctl scores street.flac > street.tsv
              monitorctl scores street.flac --smoothed > street.tsv
            """)

    @OptionGroup var recording: RecordingOptions

    @Flag(help: "Print the scores as they are settled, through each label's median filter.")
    var smoothed = false

    func run() throws {
        let model = try recording.loadModel()
        let taught = recording.taught.sounds(for: model)
        // The analysis reports its rate at the end, which is too late for lines printed as they are
        // heard.
        let rate = try FileSource(
            path: recording.file, channel: recording.channel, pace: .maximum
        ).sampleRate
        try StandardStream.output.write(
            Self.line(["onset", "offset"] + (model.labels + taught.map(\.label)).map(printable)))
        let smoother = Mutex(
            SmoothedScores(
                parameters: model.labelParameters() + taught.map { $0.labelParameters() },
                stepSeconds: rate.seconds(
                    Int64(Recogniser.stepSamples(of: model, at: rate)))))
        let isSmoothed = smoothed
        let analysis = try recording.analyze(with: model, taught: taught) { scores, start, end in
            guard isSmoothed else {
                Self.print(Self.line(scores, from: start, to: end, rate: rate))
                return
            }
            let step = smoother.withLock { $0.next(scores, start: start, end: end) }
            if let step { Self.print(Self.line(step, rate: rate)) }
        }
        if isSmoothed {
            while let step = smoother.withLock({ $0.drain() }) {
                Self.print(Self.line(step, rate: rate))
            }
        }
        if let failure = analysis.failure { throw failure }
    }

    private static func print(_ line: String) {
        do throws(OutputError) {
            try StandardStream.output.write(line)
        } catch {
            // Nobody is reading any more, or nothing more can be written: the rest of the recording
            // is of no use, and an analysis has no other way to end before its recording does.
            Monitorctl.end(with: error)
        }
    }

    private static func line(_ step: SmoothedScores.Step, rate: SampleRate) -> String {
        line(step.scores.span, from: step.start, to: step.end, rate: rate)
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
