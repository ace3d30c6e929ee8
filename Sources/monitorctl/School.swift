internal import Acoustics
internal import Capture
internal import Foundation
internal import SoundNet
internal import Teaching

/// Teaches one sound after another: reads clips, fits heads, stores both.
struct School {
    let model: Model
    let background: BackgroundSet
    let folder: TaughtFolder
    let falseShare: Double
    let isDryRun: Bool

    private struct Clip {
        let path: String
        let samples: [Float]
        let sampleRate: SampleRate
    }

    /// Teaches a sound from clips, and stores it unless this is a dry run.
    func teach(_ label: String, clips: [(path: String, channel: Int)]) throws -> TaughtSound {
        guard clips.count >= Lesson.minimumClips else {
            throw TeachingError.tooFewClips(clips.count, needed: Lesson.minimumClips)
        }
        let clips = try clips.map { try Self.read($0.path, channel: $0.channel) }
        let frames = try clips.map { clip in
            (
                name: clip.path,
                frames: try SoundFrames(
                    of: clip.samples.span, sampleRate: clip.sampleRate, model: model,
                    name: clip.path)
            )
        }
        let lesson = try Lesson(clips: frames, model: model) {
            Self.show("\(label): \($0) of \(clips.count) clips heard")
        }
        let teacher = Teacher(
            lesson: lesson, background: background, model: model, falseShare: falseShare)
        let (head, figures) = teacher.teach { share in
            Self.show("\(label): \(Int(100 * share)) % fitted")
        }
        Self.show("")
        let sound = TaughtSound(
            label: label, model: model, taught: .now(), figures: figures, head: head)
        if !isDryRun { try store(sound, clips) }
        return sound
    }

    private func store(_ sound: TaughtSound, _ clips: [Clip]) throws {
        try folder.storeClips(clips.count, of: sound.label) { index, path in
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
        // A file that does not tell its length is read a little beyond the longest accepted.
        let excerpt = try Excerpt(of: source, seconds: longest + 1)
        return Clip(path: path, samples: excerpt.samples, sampleRate: excerpt.sampleRate)
    }

    /// One line that changes, on a terminal.
    private static func show(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        StandardError.writePart("\r\u{1B}[K\(text)")
    }
}
