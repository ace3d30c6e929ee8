internal import Acoustics
internal import ArgumentParser
internal import Foundation
internal import Pipeline
internal import SoundNet
internal import Synchronization

/// `monitorctl scores`: the scores of the network over a recording, for evaluation.
struct ScoresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scores",
        abstract: "Print the scores of every label over a recording.",
        discussion: """
            One line a network step, separated by tabs: onset and offset in seconds from the start \
            of the file, then the score of each label, 0 to 1, not smoothed. The first line has \
            the names. This is the form that sed_scores_eval reads.

            Example:
              monitorctl scores street.flac > street.tsv
            """)

    @OptionGroup var recording: RecordingOptions

    func run() throws {
        let model = try recording.loadModel()
        let steps = Mutex<[Step]>([])
        let analysis = try recording.analyze(with: model) { scores, start, end in
            let values = (0..<scores.count).map { scores[$0] }
            steps.withLock { $0.append(Step(start: start, end: end, scores: values)) }
        }
        let header = ["onset", "offset"] + model.labels
        try StandardOutput.write(header.joined(separator: "\t") + "\n")
        for step in steps.withLock({ $0 }) {
            try StandardOutput.write(step.line(rate: analysis.sampleRate))
        }
        if let failure = analysis.failure { throw failure }
    }

    /// The scores of one step, and its place in samples.
    private struct Step {
        let start: Int64
        let end: Int64
        let scores: [Float]

        func line(rate: SampleRate) -> String {
            let times = [start, end].map { String(format: "%.6f", rate.seconds($0)) }
            let values = scores.map { String(format: "%.6f", $0) }
            return (times + values).joined(separator: "\t") + "\n"
        }
    }
}
