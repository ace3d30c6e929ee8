public import ModelFormat
internal import SoundTypes
public import Timekeeping

/// The sound to be taught and sounds mistaken for it, as the network hears them: several renditions
/// of each clip.
public struct Lesson: Sendable {
    /// One hearing of a clip.
    struct Rendition: Sendable {
        /// [steps][embeddingSize]
        let embeddings: EmbeddingTable
        /// Whether the sound is heard, [steps]; steps beyond count as not.
        let isActive: [Bool]
        /// Steps of noise before the clip.
        let leadSteps: Int
    }

    public static let minimumClips = 5
    /// The most marked events used of either kind: the newest ones.
    public static let maximumMarked = 100
    /// The accepted length of a clip, in seconds.
    public static let acceptedSeconds = 0.2...10.0
    static let renditionsPerClip = 10

    /// A clip, with a name for messages.
    public typealias Clip = (name: String, frames: SoundFrames)

    /// [clips][renditions]
    let clips: [[Rendition]]
    /// The same for sounds that are not the one to be taught, [clips][renditions]
    let mistakes: [[Rendition]]

    /// - Parameters:
    ///   - clips: the sound to be taught
    ///   - mistakes: sounds mistaken for it
    ///   - onProgress: gets the number of clips heard so far
    /// - Throws: `TeachingError`, or `SpectrogramError` for a model without a spectrogram
    public init(
        clips: [Clip], mistakes: [Clip] = [], model: Model, renditions: Int? = nil,
        onProgress: (Int) -> Void = { _ in }
    ) throws {
        guard clips.count >= Self.minimumClips else {
            throw TeachingError.tooFewClips(clips.count, needed: Self.minimumClips)
        }
        let extractor = EmbeddingExtractor(model: model)
        var maker = try Renditions(parameters: model.features)
        var lesson: [[Rendition]] = []
        for (name, frames) in clips + mistakes {
            guard let active = frames.active(for: model)
            else { throw TeachingError.silentClip(path: name) }
            let plain = Rendition(
                embeddings: extractor.embeddings(of: frames),
                isActive: active.steps(of: model.framesPerStep), leadSteps: 0)
            let others = (1..<(renditions ?? Self.renditionsPerClip)).map { _ in
                Self.rendition(of: frames, active, &maker, extractor)
            }
            lesson.append([plain] + others)
            onProgress(lesson.count)
        }
        self.clips = Array(lesson[..<clips.count])
        self.mistakes = Array(lesson[clips.count...])
    }

    private static func rendition(
        of frames: SoundFrames, _ active: ActiveFrames, _ maker: inout Renditions,
        _ extractor: EmbeddingExtractor
    ) -> Rendition {
        let perStep = extractor.model.framesPerStep
        let leadSteps = maker.leadFrames / perStep
        return Rendition(
            embeddings: extractor.embeddings(
                of: maker.next(of: frames, active, lead: leadSteps * perStep)),
            isActive: Array(repeating: false, count: leadSteps) + active.steps(of: perStep),
            leadSteps: leadSteps)
    }
}

extension SoundFrames {
    /// Whether they contain a step of sound.
    public func areHeard(by model: Model) -> Bool { active(for: model) != nil }

    /// The active frames; `nil` if they do not make a step.
    func active(for model: Model) -> ActiveFrames? {
        guard let active = ActiveFrames(self, floor: model.features.floor),
            active.steps(of: model.framesPerStep).contains(true)
        else { return nil }
        return active
    }

    /// The frames of a clip.
    ///
    /// - Throws: `TeachingError.clipLength`, or `SpectrogramError` for a rate that is too low
    public init(
        of samples: Span<Float>, sampleRate: SampleRate, model: Model, name: String
    ) throws {
        let seconds = sampleRate.seconds(Int64(samples.count))
        guard Lesson.acceptedSeconds.contains(seconds) else {
            throw TeachingError.clipLength(
                path: name, seconds: seconds, accepted: Lesson.acceptedSeconds)
        }
        try self.init(samples: samples, sampleRate: sampleRate, parameters: model.features)
    }
}
