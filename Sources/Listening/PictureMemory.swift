public import ModelFormat
public import SoundTypes
internal import Timekeeping

/// Which events have pictures.
public enum PictureSelection: Sendable {
    case none
    /// Those in whose picture no speech was heard.
    case withoutSpeech
    case all
}

/// The last seconds of what the network saw and said, in bytes, and the pictures of events made
/// from it.
///
/// One instance belongs to one thread. After `init` nothing but the pictures is allocated.
public final class PictureMemory {
    /// Room for the network's delay and for a block of samples, in seconds.
    private static let slackSeconds = 2.0
    public static let speechLabel = "speech"
    /// Where pictures of speech are unwanted, a score of this much counts as speech: far below what
    /// makes an event.
    private static let speechScore: Float = 0.3

    private let model: Model
    private let labels: [String]
    private let parameters: [LabelParameters]  // [labels]
    /// The label that no picture may contain; `nil` if all may be kept.
    private let unwanted: Int?
    private let code: LogMelCode
    /// The number of steps remembered.
    private let capacity: Int
    private var frames: [UInt8]  // [capacity][framesPerStep][bands], a ring
    private var scores: [UInt8]  // [capacity][labels], a ring
    /// What has come since the beginning of the stream.
    private var frameCount = 0
    private var stepCount = 0

    /// - Parameters:
    ///   - labels: those of the model, and of the sounds looked for in addition
    ///   - parameters: [labels], how their scores become events. An event may be settled only
    ///     after its minimum duration and half its filter, and its beginning must still be
    ///     remembered then.
    ///   - ofSpeech: whether to keep pictures of stretches in which `speech` had a score of 0.3 or
    ///     more
    public init(
        model: Model, labels: [String], parameters: [LabelParameters], ofSpeech: Bool
    ) {
        precondition(labels.count == parameters.count, "parameters for each label")
        self.model = model
        self.labels = labels
        self.parameters = parameters
        unwanted = ofSpeech ? nil : labels.firstIndex(of: Self.speechLabel)
        code = LogMelCode(model.features)
        let longest =
            parameters.map { $0.minimumDurationSeconds + $0.smoothingSeconds / 2 }.max() ?? 0
        let seconds =
            EventPicture.secondsBefore + max(EventPicture.secondsAfter, longest)
            + Self.slackSeconds
        capacity = Self.steps(seconds, model)
        frames = Array(
            repeating: 0, count: capacity * model.framesPerStep * model.features.bands)
        scores = Array(repeating: 0, count: capacity * labels.count)
    }

    /// Forgets everything: the next frame is frame 0 of a new stream.
    func begin() {
        frameCount = 0
        stepCount = 0
    }

    /// Takes a frame, [bands].
    func add(frame: Span<Float>) {
        let place = frameCount % (capacity * model.framesPerStep) * frame.count
        Self.encode(frame, code, into: &frames, at: place)
        frameCount += 1
    }

    /// Takes the scores of the next step, [labels].
    func add(scores: Span<Float>) {
        Self.encode(scores, into: &self.scores, at: stepCount % capacity * scores.count)
        stepCount += 1
    }

    /// Whether all that a picture may contain after an onset has been heard.
    func isComplete(onset: Int) -> Bool {
        stepCount >= onset + Self.steps(EventPicture.secondsAfter, model)
    }

    /// The picture of an event, from before its onset up to now, or to as much after the onset as a
    /// picture may contain. It begins later if the stream began later. `nil` if it would contain
    /// unwanted speech.
    ///
    /// - Parameters:
    ///   - label: an index of the labels
    ///   - onset: the step, counted from the beginning of the stream
    ///   - start: returns the time at which a step begins
    func picture(
        of event: Int64, label: Int, onset: Int, start: (_ step: Int) -> UTCTime
    ) -> EventPicture? {
        let last = min(stepCount, onset + Self.steps(EventPicture.secondsAfter, model))
        let first = max(
            0, onset - Self.steps(EventPicture.secondsBefore, model),
            stepCount + model.delaySteps + 1 - capacity)
        let steps = min(first, last)..<last
        if let unwanted, isHeard(unwanted, in: steps) { return nil }
        let shown = [label] + rivals(of: label, in: max(steps.lowerBound, onset)..<last)
        return EventPicture(
            eventID: event, start: start(steps.lowerBound), features: model.features,
            frames: frames(of: steps), labels: shown.map { labels[$0] },
            scores: shown.flatMap { label in steps.map { score($0, label) } },
            framesPerStep: model.framesPerStep, model: model.identity,
            parameters: parameters[label])
    }

    /// The other labels with the highest scores, highest first.
    private func rivals(of label: Int, in steps: Range<Int>) -> [Int] {
        let highest = labels.indices.map { label in
            steps.map { score($0, label) }.max() ?? 0
        }
        let others = labels.indices.filter { $0 != label }
        return Array(
            others.sorted { highest[$0] > highest[$1] }.prefix(EventPicture.rivalCount))
    }

    /// Whether a label is likely in the steps, or in those whose frames the picture takes in.
    private func isHeard(_ label: Int, in steps: Range<Int>) -> Bool {
        let end = min(stepCount, steps.upperBound + model.delaySteps)
        return (steps.lowerBound..<end).contains {
            Float(score($0, label)) / 255 >= Self.speechScore
        }
    }

    private func score(_ step: Int, _ label: Int) -> UInt8 {
        scores[step % capacity * labels.count + label]
    }

    /// The frames of some steps, and those the network heard beyond them to score the last one.
    private func frames(of steps: Range<Int>) -> [UInt8] {
        let end = min(
            frameCount, (steps.upperBound + model.delaySteps) * model.framesPerStep)
        let bands = model.features.bands
        let ring = capacity * model.framesPerStep
        var result: [UInt8] = []
        for frame in (steps.lowerBound * model.framesPerStep)..<end {
            let place = frame % ring * bands
            result += frames[place..<(place + bands)]
        }
        return result
    }

    private static func steps(_ seconds: Double, _ model: Model) -> Int {
        let stepSeconds = model.features.hopSeconds * Double(model.framesPerStep)
        return Int((seconds / stepSeconds).rounded(.up))
    }

    // These take arrays by reference: each use of a stored array inside a loop would check
    // exclusive access again.

    private static func encode(
        _ frame: Span<Float>, _ code: LogMelCode, into bytes: inout [UInt8], at place: Int
    ) {
        for band in 0..<frame.count { bytes[place + band] = code.byte(frame[band]) }
    }

    private static func encode(_ scores: Span<Float>, into bytes: inout [UInt8], at place: Int) {
        for label in 0..<scores.count { bytes[place + label] = ScoreCode.byte(scores[label]) }
    }
}
