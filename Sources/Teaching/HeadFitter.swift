internal import Glibc
public import ModelFormat
internal import SoundTypes
internal import Timekeeping
internal import Tracking

/// Fits a head to a lesson and says how well it separates.
///
/// The positive steps are those in which the clips are heard, in all renditions; the negative ones
/// are those of sounds mistaken for them, of the background set and of the noise before the clips.
/// Both sides weigh the same. Every figure is for clips and background steps that the head it was
/// measured with had not seen: it leaves out one clip and a part of the background at a time, and
/// is fitted to the rest.
public struct HeadFitter {
    /// The share of background steps that may reach the threshold.
    public static let usualFalseShare = 0.01
    public static let acceptedFalseShares = 0.0005...0.05

    /// For values of deviation 1, where all rows together weigh 1.
    private static let penalty: Float = 0.1
    private static let maximumFolds = 10
    private static let soundRows = 3_000
    private static let noiseRows = 500
    private static let acceptedThresholds: ClosedRange<Float> = 0.5...0.95
    /// The off threshold as a share of the on threshold, as for the model's labels.
    private static let offShare: Float = 0.6
    /// A background group without a label contains the taught sound if a head that never saw it
    /// mistakes it for that sound in at least this share of steps.
    private static let sameSoundShare = 0.5
    /// Groups that a head mistakes for the taught sound in fewer steps are not worth mentioning.
    private static let confusionShare = 0.02

    private let lesson: Lesson
    private let background: BackgroundSet
    private let model: Model
    private let falseShare: Double
    private let rows: LessonRows

    public init(
        lesson: Lesson, background: BackgroundSet, model: Model,
        falseShare: Double = HeadFitter.usualFalseShare
    ) {
        precondition(Self.acceptedFalseShares.contains(falseShare))
        self.lesson = lesson
        self.background = background
        self.model = model
        self.falseShare = falseShare
        rows = LessonRows(
            lesson: lesson, background: background, soundRows: Self.soundRows,
            noiseRows: Self.noiseRows)
    }

    /// The head, and what is known about it.
    ///
    /// - Parameter onProgress: gets how much is done, 0 to 1
    public func fit(
        onProgress: (Double) -> Void = { _ in }
    ) -> (head: TaughtHead, figures: TeachingFigures) {
        let folds = min(lesson.clips.count, Self.maximumFolds)
        let fits = Double(2 * folds + 1)
        var done = 0.0
        func count() {
            done += 1
            onProgress(done / fits)
        }
        let same = sameSounds(folds: folds, onFit: count)
        let trial = crossValidation(folds: folds, leavingOut: same, onFit: count)
        let on = raised(
            threshold(trial.background.filter { !same.contains(rows.group[$0.row]) }), trial)
        let thresholds = TaughtHead.Thresholds(on: on, off: on * Self.offShare)
        let line = rows.fit(penalty: Self.penalty) { !same.contains(rows.group[$0]) }
        count()
        return (
            head: rows.head(line, thresholds: thresholds),
            figures: figures(trial, thresholds: thresholds, same: same)
        )
    }

    /// The background groups without a label of the model that contain the taught sound.
    private func sameSounds(folds: Int, onFit: () -> Void) -> Set<Int> {
        let others = background.groups.indices.filter {
            !model.labels.contains(background.groups[$0].name)
        }
        var result: Set<Int> = []
        for fold in 0..<folds {
            let left = Set(others.indices.filter { $0 % folds == fold }.map { others[$0] })
            onFit()
            guard !left.isEmpty else { continue }
            let line = rows.fit(penalty: Self.penalty) { !left.contains(rows.group[$0]) }
            for group in left {
                let members = rows.backgroundRows.filter { rows.group[$0] == group }
                let mistaken = members.count { rows.score($0, line) >= 0.5 }
                if Double(mistaken) >= Self.sameSoundShare * Double(members.count) {
                    result.insert(group)
                }
            }
        }
        return result
    }

    // MARK: Cross-validation

    private struct Trial {
        /// The score of each background row, by a head that had not seen it.
        var background: [(row: Int, score: Float)] = []
        /// [clips][renditions][steps], by heads that had not seen the clip
        var clips: [[[Float]]]
        /// The same for the mistakes.
        var mistakes: [[[Float]]]
    }

    private func crossValidation(
        folds: Int, leavingOut same: Set<Int>, onFit: () -> Void
    ) -> Trial {
        var trial = Trial(
            clips: Array(repeating: [], count: lesson.clips.count),
            mistakes: Array(repeating: [], count: lesson.mistakes.count))
        let thresholds = TaughtHead.Thresholds(on: 1, off: 0)
        for fold in 0..<folds {
            let line = rows.fit(penalty: Self.penalty) {
                !same.contains(rows.group[$0]) && rows.number[$0] % folds != fold
            }
            for row in rows.backgroundRows where rows.number[row] % folds == fold {
                trial.background.append((row, rows.score(row, line)))
            }
            let head = rows.head(line, thresholds: thresholds)
            for clip in lesson.clips.indices where clip % folds == fold {
                trial.clips[clip] = scores(of: lesson.clips[clip], head)
            }
            for clip in lesson.mistakes.indices where clip % folds == fold {
                trial.mistakes[clip] = scores(of: lesson.mistakes[clip], head)
            }
            onFit()
        }
        return trial
    }

    /// [renditions][steps]
    private func scores(of clip: [Lesson.Rendition], _ head: TaughtHead) -> [[Float]] {
        clip.map { rendition in
            (0..<rendition.embeddings.count).map {
                head.score(rendition.embeddings.row($0).span)
            }
        }
    }

    /// The lowest accepted threshold that no more than the false share reaches.
    private func threshold(_ background: [(row: Int, score: Float)]) -> Float {
        let scores = background.map(\.score).sorted(by: >)
        let allowed = Int(falseShare * Double(scores.count))
        guard allowed < scores.count else { return Self.acceptedThresholds.lowerBound }
        let least = scores[allowed].nextUp
        return min(
            max(least, Self.acceptedThresholds.lowerBound), Self.acceptedThresholds.upperBound)
    }

    /// Half way from a threshold to the highest one that loses no rendition: fewer false alarms for
    /// nothing, as far as a few clips can tell.
    private func raised(_ least: Float, _ trial: Trial) -> Float {
        func found(_ on: Float) -> Int {
            let thresholds = TaughtHead.Thresholds(on: on, off: on * Self.offShare)
            return self.found(lesson.clips, trial.clips, thresholds).reduce(0, +)
        }
        let wanted = found(least)
        let higher = stride(from: least, through: Self.acceptedThresholds.upperBound, by: 0.01)
        let highest = higher.prefix { found($0) >= wanted }.last ?? least
        return (least + highest) / 2
    }

    /// How many renditions of each clip are found.
    private func found(
        _ clips: [[Lesson.Rendition]], _ scores: [[[Float]]], _ thresholds: TaughtHead.Thresholds
    ) -> [Int] {
        zip(clips, scores).map { renditions, scores in
            zip(renditions, scores).count { isFound($0, $1, thresholds) }
        }
    }

    private func figures(
        _ trial: Trial, thresholds: TaughtHead.Thresholds, same: Set<Int>
    ) -> TeachingFigures {
        var reached = Array(repeating: 0, count: background.groups.count)
        var counts = reached
        for (row, score) in trial.background {
            counts[rows.group[row]] += 1
            if score >= thresholds.on { reached[rows.group[row]] += 1 }
        }
        let counted = background.groups.indices.filter { !same.contains($0) }
        let steps = counted.reduce(0) { $0 + counts[$1] }
        let confusions = counted.compactMap { group -> TeachingFigures.Confusion? in
            let share = Double(reached[group]) / Double(max(counts[group], 1))
            guard share >= Self.confusionShare else { return nil }
            return .init(name: background.groups[group].name, share: share)
        }
        return TeachingFigures(
            found: found(lesson.clips, trial.clips, thresholds),
            mistaken: lesson.mistakes.isEmpty
                ? nil : found(lesson.mistakes, trial.mistakes, thresholds),
            renditions: lesson.clips.first?.count ?? 0,
            falseShare: Double(counted.reduce(0) { $0 + reached[$1] }) / Double(max(steps, 1)),
            confusions: Array(confusions.sorted { $0.share > $1.share }.prefix(3)),
            sameSounds: same.sorted().map { background.groups[$0].name })
    }

    /// Whether the scores of a rendition make an event that overlaps the sound.
    private func isFound(
        _ rendition: Lesson.Rendition, _ scores: [Float], _ thresholds: TaughtHead.Thresholds
    ) -> Bool {
        let rate = SampleRate.hz48000
        let step = Int64(
            rate.samples(Double(model.framesPerStep) * model.features.hopSeconds))
        let parameters = LabelParameters(
            onThreshold: thresholds.on, offThreshold: thresholds.off)
        var tracker: EventTracker
        do throws(TrackingError) {
            tracker = try EventTracker(labels: [parameters], rate: rate, stepSamples: Int(step))
        } catch {
            preconditionFailure("thresholds from 0 to 1 can be tracked: \(error)")
        }
        var isFound = false
        func look(_ change: TrackedChange) {
            let steps = Int(change.onset / step)..<Int(change.heardUntil / step)
            let active = rendition.isActive.indices.clamped(to: steps)
            if rendition.isActive[active].contains(true) { isFound = true }
        }
        for (index, score) in scores.enumerated() {
            let start = Int64(index) * step
            tracker.process(
                scores: [score].span, start: start, end: start + step, emit: look)
        }
        tracker.gap(emit: look)
        return isFound
    }
}
