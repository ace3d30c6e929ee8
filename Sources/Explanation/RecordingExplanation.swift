internal import Listening
public import ModelFormat
internal import SoundTypes
internal import Synchronization
public import Teaching
internal import Timekeeping
public import Tracking

/// Explains a label at a moment of a recording.
public struct RecordingExplanation {
    /// What is shown before and after the moment, in seconds.
    private static let secondsBefore = EventPicture.secondsBefore
    private static let secondsBehind = 2.0
    private static let rivalCount = 5

    private let path: String
    private let channel: Int
    private let model: Model
    private let taught: [TaughtSound]
    private let tracking: TrackingParameters
    /// Those of the model, then those of the taught sounds.
    private let labels: [String]
    private let onProgress: @Sendable (Double) -> Void

    /// - Parameters:
    ///   - channel: the channel to listen to, from 1
    ///   - taught: sounds to look for in addition to those of the model, which they must fit
    ///   - onProgress: gets the seconds heard so far, on another thread
    public init(
        path: String, channel: Int, model: Model, taught: [TaughtSound],
        tracking: TrackingParameters,
        onProgress: @escaping @Sendable (Double) -> Void = { _ in }
    ) {
        self.path = path
        self.channel = channel
        self.model = model
        self.taught = taught
        self.tracking = tracking
        self.onProgress = onProgress
        labels = model.labels + taught.map(\.label)
    }

    /// Explains a label at a moment. Whatever is left open is taken from the surest event or, if
    /// there is none, from the label that comes closest to its threshold.
    ///
    /// - Parameter at: seconds from the beginning of the recording
    /// - Throws: `ExplainError`, or what `FileAnalysis` throws
    public func make(label: String?, at: Double?) throws -> Explanation {
        let label = try label.map(index)
        let (analysis, table) = try listen()
        let parameters = parameters(tracking)
        let choice = try choose(label, at, analysis, table, parameters)
        let evidence = try evidence(choice, table, parameters)
        let first = firstStep(choice.step, table)
        let event = analysis.events.first { event in
            event.label == labels[choice.label]
                && steps(of: event, table).contains(choice.step)
        }
        return Explanation(
            subject: .recording(path), evidence: evidence, moment: choice.step - first,
            event: event.map(span),
            miss: event == nil ? miss(choice, table, parameters[choice.label]) : nil,
            parameters: parameters[choice.label],
            unconfigured: self.parameters(tracking.sensitivities)[choice.label],
            model: model.identity,
            occlusion: model.labels.indices.contains(choice.label)
                ? Occlusion(
                    model: model, logMel: evidence.logMel, label: choice.label,
                    step: choice.step - first) : nil,
            occlusionModel: model.identity)
    }

    /// What is lacking for an event at a step.
    private func miss(
        _ choice: ScoreTable.Choice, _ table: ScoreTable, _ parameters: LabelParameters
    ) -> NearMiss? {
        NearMiss(
            at: choice.step,
            of: table.smoothedCurve(of: choice.label, seconds: parameters.smoothingSeconds),
            label: labels[choice.label], parameters: parameters, stepSeconds: table.stepSeconds)
    }

    /// How the scores of each label become events.
    private func parameters(_ owner: TrackingParameters) -> [LabelParameters] {
        model.labelParameters(owner) + taught.map { $0.labelParameters(owner) }
    }

    private func index(of label: String) throws -> Int {
        guard let index = labels.firstIndex(of: label) else {
            throw ExplainError.unknownLabel(label, known: labels)
        }
        return index
    }

    /// Listens to the whole recording.
    private func listen() throws -> (FileAnalysis, ScoreTable) {
        let table = Mutex(
            ScoreTable(
                labels: labels,
                stepSeconds: model.features.hopSeconds * Double(model.framesPerStep)))
        let analysis = try FileAnalysis(
            path: path, channel: channel, model: model, taught: taught,
            tracking: tracking,
            onScores: { scores, _, _ in table.withLock { $0.append(scores) } },
            onProgress: onProgress)
        if let failure = analysis.failure { throw failure }
        let heard = table.withLock { $0 }
        guard heard.stepCount > 0 else { throw ExplainError.tooShort(path: path) }
        return (analysis, heard)
    }

    /// What the options ask for; for what they leave open, the surest event or, if there is none,
    /// whatever is highest above its threshold.
    private func choose(
        _ label: Int?, _ at: Double?, _ analysis: FileAnalysis, _ table: ScoreTable,
        _ parameters: [LabelParameters]
    ) throws -> ScoreTable.Choice {
        var steps: Range<Int>?
        var label = label
        if let at {
            let step = try step(at, table)
            steps = step..<(step + 1)
        } else if let event = surestEvent(label, analysis) {
            label = try index(of: event.label)
            steps = self.steps(of: event, table)
        }
        let choice = table.strongest(parameters: parameters, label: label, in: steps)
        guard let choice else { throw ExplainError.tooShort(path: path) }
        return choice
    }

    private func surestEvent(_ label: Int?, _ analysis: FileAnalysis) -> SoundEvent? {
        let name = label.map { labels[$0] }
        return analysis.events.filter { name == nil || $0.label == name }
            .max { $0.peakConfidence < $1.peakConfidence }
    }

    private func step(_ seconds: Double, _ table: ScoreTable) throws -> Int {
        let step = Int(seconds / table.stepSeconds)
        guard step < table.stepCount else {
            let length = Double(table.stepCount) * table.stepSeconds
            throw ExplainError.pastTheEnd(seconds: seconds, length: length)
        }
        return step
    }

    private func span(_ event: SoundEvent) -> ClosedRange<Double> {
        event.onset.seconds(
            since: FileAnalysis.start)...event.heardUntil.seconds(since: FileAnalysis.start)
    }

    private func steps(of event: SoundEvent, _ table: ScoreTable) -> Range<Int> {
        let span = span(event)
        let first = Int((span.lowerBound / table.stepSeconds).rounded())
        let end = Int((span.upperBound / table.stepSeconds).rounded())
        return (first..<max(first + 1, end)).clamped(to: 0..<table.stepCount)
    }

    private func firstStep(_ step: Int, _ table: ScoreTable) -> Int {
        max(0, step - Int((Self.secondsBefore / table.stepSeconds).rounded(.up)))
    }

    private func evidence(
        _ choice: ScoreTable.Choice, _ table: ScoreTable, _ parameters: [LabelParameters]
    ) throws -> Evidence {
        let behind = Int((Self.secondsBehind / table.stepSeconds).rounded(.up))
        let first = firstStep(choice.step, table)
        let steps = first..<min(table.stepCount, choice.step + 1 + behind)
        let firstFrame = first * model.framesPerStep
        let endFrame = (steps.upperBound + model.delaySteps) * model.framesPerStep
        let logMel = try FileSpectrogram.frames(
            firstFrame..<endFrame, path: path, channel: channel,
            features: model.features)
        guard !logMel.isEmpty else { throw ExplainError.tooShort(path: path) }
        return Evidence(
            features: model.features, framesPerStep: model.framesPerStep,
            startSeconds: Double(first) * table.stepSeconds,
            logMel: logMel,
            curves: table.curves(
                choice, rivals: Self.rivalCount, over: steps, parameters: parameters))
    }
}
