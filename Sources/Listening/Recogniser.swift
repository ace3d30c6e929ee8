public import ModelFormat
internal import SoundNet
internal import SoundTypes
public import Spectrogram
public import Teaching
public import Timekeeping

/// Samples in, scores out: the spectrogram, the network and the heads of taught sounds, with the
/// position of every step on the sample time line.
///
/// Step j covers the samples from `j * stepSamples` after the beginning of the stream. The network
/// answers `delaySteps` late; that is compensated for here, so scores carry the time of the sound.
///
/// One instance belongs to one thread. After `init` nothing is allocated.
public final class Recogniser {
    /// Those of the model, then the taught ones.
    public let labels: [String]
    /// The number of samples in a step.
    public let stepSamples: Int

    private let spectrogram: LogMelSpectrogram
    private let net: SoundNet
    private let delaySteps: Int
    private let heads: [TaughtHead]
    /// The scores of a step, [labels], if there are heads.
    private var scores: [Float]
    /// What is fed in after the last sample, so that the network answers for it too.
    private let silence: [Float]
    private var start: Int64 = 0
    private var position: Int64 = 0
    private var steps = 0
    private let memory: PictureMemory?

    /// - Parameters:
    ///   - taught: sounds that fit the model
    ///   - memory: keeps the last seconds for pictures of events
    /// - Throws: `SpectrogramError` if the rate is too low for the model.
    public init(
        model: Model, taught: [TaughtSound] = [], sampleRate: SampleRate,
        memory: PictureMemory? = nil
    ) throws(SpectrogramError) {
        precondition(taught.allSatisfy { $0.fits(model) }, "heads of another model")
        spectrogram = try LogMelSpectrogram(parameters: model.features, sampleRate: sampleRate)
        net = SoundNet(model: model)
        self.memory = memory
        labels = model.labels + taught.map(\.label)
        heads = taught.map(\.head)
        scores = Array(repeating: 0, count: labels.count)
        stepSamples = Self.stepSamples(of: model, at: sampleRate)
        delaySteps = model.delaySteps
        silence = Array(
            repeating: 0, count: spectrogram.window + (delaySteps + 1) * stepSamples)
    }

    /// The number of samples in a step of a model.
    public static func stepSamples(of model: Model, at rate: SampleRate) -> Int {
        rate.samples(model.features.hopSeconds) * model.framesPerStep
    }

    /// Begins a new stream: the next sample has this position, and nothing was heard before it.
    public func begin(at position: Int64) {
        spectrogram.reset()
        net.reset()
        memory?.begin()
        start = position
        self.position = position
        steps = 0
    }

    /// Takes samples and delivers the scores of each step that they decide.
    ///
    /// - Parameter onStep: gets the scores, [labels], and the positions at which the step begins
    ///   and ends; the scores are valid during the call
    public func process(
        _ samples: Span<Float>, onStep: (Span<Float>, Int64, Int64) -> Void
    ) {
        position += Int64(samples.count)
        run(samples, onStep)
    }

    /// Delivers the steps that are still undecided, as if silence followed. The last one ends with
    /// the last sample.
    public func finish(onStep: (Span<Float>, Int64, Int64) -> Void) {
        let silence = silence
        run(silence.span) { scores, stepStart, stepEnd in
            if stepStart < position { onStep(scores, stepStart, min(stepEnd, position)) }
        }
    }

    var takesPictures: Bool { memory != nil }

    /// Whether the picture of an event would gain nothing by waiting.
    ///
    /// - Parameter onset: where the event begins in this stream
    func isPictureDue(onset: Int64) -> Bool {
        memory?.isComplete(onset: step(at: onset)) ?? false
    }

    /// The picture of an event in this stream, from what has been heard so far; `nil` without a
    /// memory, and if it would contain something unwanted.
    ///
    /// - Parameters:
    ///   - label: an index of `labels`
    ///   - onset: where it begins
    ///   - time: returns the time of a position
    func picture(
        of event: Int64, label: Int, onset: Int64, time: (Int64) -> UTCTime
    ) -> EventPicture? {
        memory?.picture(of: event, label: label, onset: step(at: onset)) { step in
            time(start + Int64(step * stepSamples))
        }
    }

    private func step(at position: Int64) -> Int {
        Int(position - start) / stepSamples
    }

    private func run(_ samples: Span<Float>, _ onStep: (Span<Float>, Int64, Int64) -> Void) {
        spectrogram.process(samples) { frame in  // frame: [bands]
            memory?.add(frame: frame)
            net.process(frame) { modelScores in  // modelScores: [labels of the model]
                let step = steps - delaySteps
                steps += 1
                guard step >= 0 else { return }
                let stepStart = start + Int64(step * stepSamples)
                let stepEnd = stepStart + Int64(stepSamples)
                join(modelScores) { scores in
                    memory?.add(scores: scores)
                    onStep(scores, stepStart, stepEnd)
                }
            }
        }
    }

    /// Delivers the scores of the model followed by those of the heads.
    private func join(_ modelScores: Span<Float>, _ onScores: (Span<Float>) -> Void) {
        guard !heads.isEmpty else {
            onScores(modelScores)
            return
        }
        let modelCount = modelScores.count
        for index in 0..<modelCount { scores[index] = modelScores[index] }
        net.withEmbedding { embedding in
            for index in 0..<heads.count {
                scores[modelCount + index] = heads[index].score(embedding)
            }
        }
        let joined = scores
        onScores(joined.span)
    }
}
