internal import Capture
public import ModelFormat
internal import Timekeeping

/// Makes taught sounds: reads clips and marked events, fits heads, and stores everything.
public struct TaughtSoundBuilder {
    public let model: Model
    public let folder: TaughtFolder
    private let background: BackgroundSet
    private let falseShare: Double
    private let isDryRun: Bool
    private let onWarning: (String) -> Void
    private let onProgress: (String) -> Void

    /// - Parameters:
    ///   - falseShare: the share of background steps that may reach the threshold
    ///   - isDryRun: nothing is stored
    ///   - onWarning: gets a line for each marked event that is skipped
    ///   - onProgress: gets what is being done, in a few words, and an empty string at the end
    public init(
        model: Model, background: BackgroundSet, folder: TaughtFolder, falseShare: Double,
        isDryRun: Bool, onWarning: @escaping (String) -> Void,
        onProgress: @escaping (String) -> Void
    ) {
        self.model = model
        self.background = background
        self.folder = folder
        self.falseShare = falseShare
        self.isDryRun = isDryRun
        self.onWarning = onWarning
        self.onProgress = onProgress
    }

    private struct Clip {
        let path: String
        let samples: [Float]
        let sampleRate: SampleRate
    }

    /// Teaches a sound from clips and marked events, and stores it unless this is a dry run.
    public func teach(
        _ label: String, clips: [(path: String, channel: Int)], marked events: [MarkedSound]
    ) throws -> TaughtSound {
        let marked = usable(events)
        let count = clips.count + marked.count { $0.sound.isTaughtSound }
        guard count >= Lesson.minimumClips else {
            throw TeachingError.tooFewClips(count, needed: Lesson.minimumClips)
        }
        let clips = try clips.map { try Self.read($0.path, channel: $0.channel) }
        let recorded = try clips.map { clip in
            (
                name: clip.path,
                frames: try SoundFrames(
                    of: clip.samples.span, sampleRate: clip.sampleRate, model: model,
                    name: clip.path)
            )
        }
        let all = clips.count + marked.count
        let lesson = try Lesson(
            clips: recorded + marked.filter { $0.sound.isTaughtSound }.map(\.clip),
            mistakes: marked.filter { !$0.sound.isTaughtSound }.map(\.clip), model: model
        ) {
            onProgress("\(label): \($0) of \(all) clips heard")
        }
        let fitter = HeadFitter(
            lesson: lesson, background: background, model: model, falseShare: falseShare)
        let (head, figures) = fitter.fit { share in
            onProgress("\(label): \(Int(100 * share)) % fitted")
        }
        onProgress("")
        let sound = TaughtSound(
            label: label, model: model, taught: .now(), figures: figures, head: head)
        if !isDryRun { try store(sound, clips, events) }
        return sound
    }

    /// The marked events that can be learned from, as clips. The others are kept all the same, for
    /// another model.
    private func usable(_ marked: [MarkedSound]) -> [(sound: MarkedSound, clip: Lesson.Clip)] {
        marked.compactMap { sound in
            guard let frames = sound.frames(for: model) else {
                onWarning(
                    "\(sound.name) is passed over: its frames are those of a model with "
                        + "other features")
                return nil
            }
            guard frames.areHeard(by: model) else {
                onWarning("\(sound.name) is passed over: there is no sound in it")
                return nil
            }
            return (sound: sound, clip: (name: sound.name, frames: frames))
        }
    }

    private func store(_ sound: TaughtSound, _ clips: [Clip], _ marked: [MarkedSound]) throws {
        try folder.storeClips(clips.count, marked: marked, of: sound.label) { index, path in
            try FLACFile.write(
                clips[index].samples, sampleRate: clips[index].sampleRate, path: path)
        }
        try folder.store(sound)
    }

    private static func read(_ path: String, channel: Int) throws -> Clip {
        let source = try FileSource(path: path, channel: channel, pace: .maximum)
        let longest = Lesson.acceptedSeconds.upperBound
        if let seconds = source.durationSeconds, seconds > longest {
            throw TeachingError.clipLength(
                path: path, seconds: seconds, accepted: Lesson.acceptedSeconds)
        }
        // A file that does not state its length is read a little beyond the longest accepted one.
        let excerpt = try Excerpt(of: source, seconds: longest + 1)
        return Clip(path: path, samples: excerpt.samples, sampleRate: excerpt.sampleRate)
    }
}
