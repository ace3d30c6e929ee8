public import Acoustics
public import SoundNet
public import Spectrogram

/// Samples in, scores out: the spectrogram and the network, with the place of every step on the
/// sample time line.
///
/// Step j covers the samples from `j * stepSamples` after the beginning of the stream. The network
/// answers `delaySteps` late; that is taken back here, so scores carry the time of the sound.
///
/// One instance belongs to one thread. After `init` nothing is allocated.
public final class Recogniser {
    public let labels: [String]
    /// Samples of one step.
    public let stepSamples: Int

    private let spectrogram: LogMelSpectrogram
    private let net: SoundNet
    private let delaySteps: Int
    /// What is fed behind the last sample, so that the network answers for it too.
    private let silence: [Float]
    private var start: Int64 = 0
    private var position: Int64 = 0
    private var steps = 0
    private let memory: PictureMemory?

    /// - Parameter memory: keeps the last seconds for pictures of events
    /// - Throws: `SpectrogramError` when the rate is too low for the model.
    public init(
        model: Model, sampleRate: SampleRate, memory: PictureMemory? = nil
    ) throws(SpectrogramError) {
        spectrogram = try LogMelSpectrogram(parameters: model.features, sampleRate: sampleRate)
        net = SoundNet(model: model)
        self.memory = memory
        labels = model.labels
        stepSamples = spectrogram.hop * model.framesPerStep
        delaySteps = model.delaySteps
        silence = Array(
            repeating: 0, count: spectrogram.window + (delaySteps + 1) * stepSamples)
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

    /// Takes samples and hands out the scores of each step that they decide.
    ///
    /// - Parameter onStep: gets the scores, [labels], and the positions at which the step begins
    ///   and ends; the scores are valid during the call
    public func process(
        _ samples: Span<Float>, onStep: (Span<Float>, Int64, Int64) -> Void
    ) {
        position += Int64(samples.count)
        run(samples, onStep)
    }

    /// Hands out the steps that are still undecided, as if silence followed. The last one ends with
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

    /// The picture of an event of this stream, of what was heard so far; `nil` without a memory.
    ///
    /// - Parameters:
    ///   - label: an index of `labels`
    ///   - onset: where it begins
    ///   - time: gives the time of a position
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
            net.process(frame) { scores in  // scores: [labels]
                let step = steps - delaySteps
                steps += 1
                guard step >= 0 else { return }
                memory?.add(scores: scores)
                let stepStart = start + Int64(step * stepSamples)
                onStep(scores, stepStart, stepStart + Int64(stepSamples))
            }
        }
    }
}
