import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import Listening
@testable import ModelFormat
@testable import Teaching
@testable import Timekeeping

/// A computed sound is taught to the built-in model and found where it was not heard before.
@Suite struct TeacherTests {
    private struct Outcome {
        let model: Model
        let sound: TaughtSound
    }

    private static let outcome = Result { try teach() }

    private static func teach() throws -> Outcome {
        let model = try Model.builtIn()
        let rate = try #require(SampleRate(hertz: Warble.rate))
        let clips = try (0..<5).map { variant in
            (
                name: "clip \(variant)",
                frames: try SoundFrames(
                    of: Warble(variant: variant).clip.span, sampleRate: rate, model: model,
                    name: "clip \(variant)")
            )
        }
        let (head, figures) = HeadFitter(
            lesson: try Lesson(clips: clips, model: model, renditions: 4),
            background: try BackgroundSet(of: model, at: nil), model: model
        ).fit()
        return Outcome(
            model: model,
            sound: TaughtSound(
                label: "warble", model: model, taught: UTCTime(microseconds: 0),
                figures: figures, head: head))
    }

    private struct Step: Equatable {
        var scores: [Float]
        var start: Int64
    }

    private func steps(of samples: [Float], taught: [TaughtSound]) throws -> [Step] {
        let outcome = try Self.outcome.get()
        let rate = try #require(SampleRate(hertz: Warble.rate))
        let recogniser = try Recogniser(model: outcome.model, taught: taught, sampleRate: rate)
        var steps: [Step] = []
        recogniser.process(samples.span) { scores, start, _ in
            steps.append(Step(scores: scores.indices.map { scores[$0] }, start: start))
        }
        return steps
    }

    @Test func theFiguresAreThoseOfAClearSound() throws {
        let figures = try Self.outcome.get().sound.figures
        #expect(figures.found.count == 5)
        #expect(figures.recall == 1)
        // All of it is found, and so are many sirens, which warble too.
        #expect(figures.confusions.first?.name == "siren")
        #expect(figures.verdict == .fairly && figures.isTooCommon, "\(figures)")
        #expect(figures.falseShare <= HeadFitter.usualFalseShare)
        #expect(figures.sameSounds == [])
    }

    @Test func theSoundIsFoundWhereItIs() throws {
        let outcome = try Self.outcome.get()
        let samples = Warble(variant: 7).samples(seconds: 14, soundsAt: [3, 9])
        let thresholds = outcome.sound.head.thresholds
        let heard = try steps(of: samples, taught: [outcome.sound]).filter {
            $0.scores[outcome.model.labels.count] >= thresholds.on
        }.map { Double($0.start) / Double(Warble.rate) }
        for time in heard { #expect((2.9...4.9).contains(time) || (8.9...10.9).contains(time)) }
        #expect(heard.count { $0 < 6 } >= 10)
        #expect(heard.count { $0 > 6 } >= 10)
    }

    /// The promise to the owner: whatever the model hears, it hears as before.
    @Test func theScoresOfTheModelAreTheSameBits() throws {
        let outcome = try Self.outcome.get()
        let samples = Warble(variant: 3).samples(seconds: 6, soundsAt: [1, 4])
        let before = try steps(of: samples, taught: [])
        let after = try steps(of: samples, taught: [outcome.sound])
        #expect(before.count == after.count)
        for (one, other) in zip(before, after) {
            let labels = outcome.model.labels.count
            #expect(other.scores.count == labels + 1)
            #expect(
                one.scores.map(\.bitPattern) == other.scores[..<labels].map(\.bitPattern))
        }
    }

    /// The sound at another speed and pitch, marked wrong, passes less often; the sound itself is
    /// still found.
    @Test func whatIsMarkedWrongIsRefused() throws {
        let model = try Model.builtIn()
        func clips(_ variants: Range<Int>, rate: Int) throws -> [Lesson.Clip] {
            let rate = try #require(SampleRate(hertz: rate))
            return try variants.map { variant in
                (
                    name: "clip \(variant)",
                    frames: try SoundFrames(
                        of: Warble(variant: variant).clip.span, sampleRate: rate, model: model,
                        name: "clip \(variant)")
                )
            }
        }
        let sounds = try clips(0..<5, rate: Warble.rate)
        let mistakes = try clips(5..<8, rate: Warble.rate * 5 / 4)
        let background = try BackgroundSet(of: model, at: nil)
        func taught(_ mistakes: [Lesson.Clip]) throws -> (TaughtHead, TeachingFigures) {
            let lesson = try Lesson(
                clips: sounds, mistakes: mistakes, model: model, renditions: 4)
            let result = HeadFitter(lesson: lesson, background: background, model: model).fit()
            return (result.head, result.figures)
        }
        let (naive, _) = try taught([])
        let (warned, figures) = try taught(mistakes)
        #expect(figures.mistaken?.count == 3)
        #expect(figures.verdict == .fairly && figures.isTooCommon, "\(figures)")

        let unheard = try clips(8..<9, rate: Warble.rate * 5 / 4)[0].frames
        let embeddings = EmbeddingExtractor(model: model).embeddings(of: unheard)
        func passing(_ head: TaughtHead) -> Int {
            (0..<embeddings.count).count {
                head.score(embeddings.row($0).span) >= head.thresholds.on
            }
        }
        #expect(passing(naive) > 5)
        #expect(passing(warned) < passing(naive) / 2)
    }

    @Test func theHeadOfAnotherModelDoesNotFit() throws {
        let outcome = try Self.outcome.get()
        var other = outcome.model
        other.checksum ^= 1
        #expect(outcome.sound.fits(outcome.model))
        #expect(!outcome.sound.fits(other))
    }

    @Test func aSilentClipIsNamed() throws {
        let model = try Model.builtIn()
        let bands = model.features.bands
        let silence = SoundFrames(
            values: Array(repeating: Float(log(model.features.floor)), count: 100 * bands),
            bands: bands)
        let clips = (0..<5).map { (name: "clip \($0)", frames: silence) }
        #expect(throws: TeachingError.silentClip(path: "clip 0")) {
            try Lesson(clips: clips, model: model)
        }
        #expect(throws: TeachingError.tooFewClips(4, needed: 5)) {
            try Lesson(clips: Array(clips[..<4]), model: model)
        }
    }

    @Test func aClipMustHaveALength() throws {
        let model = try Model.builtIn()
        for seconds in [0.1, 10.1] {
            #expect(throws: TeachingError.self) {
                try SoundFrames(
                    of: [Float](repeating: 0, count: Int(48_000 * seconds)).span,
                    sampleRate: .hz48000, model: model, name: "x")
            }
        }
    }
}
