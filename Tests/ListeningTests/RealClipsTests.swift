import Foundation
import Listening
import ModelFormat
import Synchronization
import Testing

/// The built-in model on reserved clips of ESC-50 fold 4, which it was not trained on. Runs where
/// the data lie beside the repository; `Training/README.md` says where they come from.
@Suite(.enabled(if: RealClips.arePresent, "needs the clips of Training/README.md"))
struct RealClipsTests {
    /// A broken front end, a shifted label list or spoilt weights give 8 % (3 of 36 by chance).
    @Test func theRightLabelIsAmongTheFirstThree() throws {
        let model = try Model.builtIn()
        let clips = try RealClips.reserved()
        try #require(clips.count >= 50)
        var found = 0
        for clip in clips {
            let scores = try pooledScores(of: clip.path, model)
            let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(3)
            if best.contains(where: { model.labels[$0] == clip.label }) { found += 1 }
        }
        print("the right label is among the first three in \(found) of \(clips.count) clips")
        #expect(Double(found) >= 0.7 * Double(clips.count))
    }

    /// The mean of the highest quarter of the steps, as in `Training/evaluate.py`.
    private func pooledScores(of path: String, _ model: Model) throws -> [Float] {
        let steps = Mutex<[[Float]]>([])
        let analysis = try FileAnalysis(path: path, model: model) { scores, _, _ in
            let values = (0..<scores.count).map { scores[$0] }
            steps.withLock { $0.append(values) }
        }
        #expect(analysis.failure == nil)
        let all = steps.withLock { $0 }
        return model.labels.indices.map { label in
            let best = all.map { $0[label] }.sorted(by: >).prefix(max(1, (all.count + 3) / 4))
            return best.reduce(0, +) / Float(best.count)
        }
    }
}

private enum RealClips {
    struct Clip {
        var path: String
        var label: String
    }

    private static let data = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data").standardized

    static var arePresent: Bool {
        FileManager.default.fileExists(atPath: data.appending(path: "clips.csv").path)
    }

    /// Every fourth labelled clip. The first columns of clips.csv, up to `fold`, contain no quotes:
    /// path, label, dataset, category, fold.
    static func reserved() throws -> [Clip] {
        let table = try String(contentsOf: data.appending(path: "clips.csv"), encoding: .utf8)
        let clips: [Clip] = table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ",", maxSplits: 5, omittingEmptySubsequences: false)
            guard fields.count == 6, fields[2] == "esc50", fields[4] == "4", fields[1] != "" else {
                return nil
            }
            return Clip(
                path: data.appending(path: String(fields[0])).path, label: String(fields[1]))
        }
        return clips.indices.filter { $0 % 4 == 0 }.map { clips[$0] }
    }
}
