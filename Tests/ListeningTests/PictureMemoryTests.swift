import Glibc
import SampleRing
import SoundTypes
import Spectrogram
import TestSupport
import Testing
import Tracking

@testable import Listening
@testable import ModelFormat
@testable import Teaching
@testable import Timekeeping

/// The pictures of events, against a spectrogram and scores computed separately.
@Suite struct PictureMemoryTests {
    private let rate = SampleRate(hertz: 16_000)!
    private let start = UTCTime(microseconds: 1_800_000_000_000_000)
    private let model: Model
    private let noise: [Float]

    init() throws {
        model = try Model.builtIn()
        var random = SeededRandom(seed: 4)
        noise = (0..<(16_000 * 24)).map { _ in Float.random(in: -0.1...0.1, using: &random) }
    }

    /// An event that begins with the stream and does not end has a picture of the full length.
    @Test func anOpenEventIsShownAsSoonAsThePictureIsFull() throws {
        let heard = try listen(to: 5, minimumSeconds: 0.2)
        let picture = try #require(heard.pictures.first)
        #expect(heard.pictures.count == 1)
        #expect(picture.start == start)
        #expect(picture.labels.count == 1 + EventPicture.rivalCount)
        #expect(picture.labels[0] == "siren")
        #expect(picture.model == model.identity)
        #expect(picture.parameters.minimumDurationSeconds == 0.2)
        #expect(picture.scores.count == 4 * 100)
        #expect(picture.frames.count == (100 + model.delaySteps) * 4 * 64)
        try expectWhatWasHeard(picture, heard, fromStep: 0)
        // After 4 s plus the network's delay, not at the end.
        let until = heard.order.prefix { $0 != "picture" }.count { $0 == "heard" }
        #expect(until <= 4)
    }

    /// The end of the audio ends the event, and with it the picture.
    @Test func anEventThatEndsIsShownAtItsEnd() throws {
        let heard = try listen(to: 1.5, minimumSeconds: 0.2)
        let picture = try #require(heard.pictures.first)
        #expect(picture.scores.count == 4 * heard.scores.count)
        try expectWhatWasHeard(picture, heard, fromStep: 0)
    }

    /// An event that is announced late still has its beginning.
    @Test func aLateAnnouncementFindsTheOnset() throws {
        let heard = try listen(to: 24, minimumSeconds: 18)
        let picture = try #require(heard.pictures.first)
        #expect(picture.start == start)
        try expectWhatWasHeard(picture, heard, fromStep: 0)
    }

    /// 6 s before the onset, audio was missing: it begins after the gap.
    @Test func aPictureBeginsBehindAGap() throws {
        let heard = try listen(to: 2, minimumSeconds: 0.2, gapSeconds: 3)
        #expect(heard.pictures.count == 2)
        #expect(heard.pictures.map(\.eventID) == [1, 2])
        #expect(heard.pictures[1].start.seconds(since: start) == 5)
    }

    /// The window is around an onset in the middle of a stream.
    @Test func thePictureBeginsSixSecondsBeforeTheOnset() throws {
        let memory = PictureMemory(
            model: model, labels: model.labels,
            parameters: model.labels.map { _ in LabelParameters() }, ofSpeech: true)
        let bands = model.features.bands
        for step in 0..<354 {
            for _ in 0..<4 {
                memory.add(frame: [Float](repeating: -20 + Float(step) * 0.05, count: bands).span)
            }
            guard step >= model.delaySteps else { continue }
            memory.add(scores: [Float](repeating: 0.5, count: model.labels.count).span)
        }
        #expect(memory.isComplete(onset: 252))
        #expect(!memory.isComplete(onset: 253))
        let picture = try #require(
            memory.picture(of: 9, label: 3, onset: 250) { step in
                start.adding(seconds: Double(step) * 0.04)
            })
        #expect(picture.start.seconds(since: start) == 4)
        #expect(picture.scores.count == 4 * 250)
        // Frame 400 of the stream has the value -20 + 100 · 0.05 = -15.
        #expect(abs(picture.logMel[0] - -15) <= 0.0625)
    }

    /// A taught sound has its own curve, plus those of the model's strongest labels.
    @Test func aTaughtSoundHasAPicture() throws {
        let bell = TaughtSound(
            label: "bell", model: model, taught: start,
            figures: TeachingFigures(
                found: [], mistaken: nil, renditions: 0, falseShare: 0, confusions: [],
                sameSounds: []),
            head: TaughtHead(
                weights: Array(repeating: 0, count: model.embeddingSize), bias: 1,
                thresholds: .init(on: 0.5, off: 0.5)))
        let heard = try listen(to: 5, minimumSeconds: 0.2, taught: [bell], reached: "bell")
        let picture = try #require(heard.pictures.first)
        #expect(picture.labels[0] == "bell")
        #expect(Set(picture.labels[1...]).isSubset(of: Set(model.labels)))
        // 1 / (1 + exp(-1)) = 0.7311 in 255ths
        #expect(picture.scores.prefix(100).allSatisfy { $0 == 186 })
    }

    /// A step of speech within the picture is enough; after it, it does not matter.
    @Test func aPictureThatHoldsSpeechIsNotTaken() throws {
        let speech = try #require(model.labels.firstIndex(of: "speech"))
        func picture(speechAt spoken: Int, score: Float = 0.31, ofSpeech: Bool = false) -> Bool {
            let memory = PictureMemory(
                model: model, labels: model.labels,
                parameters: model.labels.map { _ in LabelParameters() }, ofSpeech: ofSpeech)
            let frame = [Float](repeating: -20, count: model.features.bands)
            for step in 0..<300 {
                for _ in 0..<model.framesPerStep { memory.add(frame: frame.span) }
                var scores = [Float](repeating: 0.1, count: model.labels.count)
                if step == spoken { scores[speech] = score }
                memory.add(scores: scores.span)
            }
            return memory.picture(of: 1, label: 3, onset: 160) { _ in start } != nil
        }
        // The picture contains steps 10 to 259, and the frames the network heard beyond them.
        #expect(picture(speechAt: 9))
        #expect(!picture(speechAt: 10))
        #expect(!picture(speechAt: 259 + model.delaySteps))
        #expect(picture(speechAt: 260 + model.delaySteps))
        #expect(picture(speechAt: 100, score: 0.29))
        #expect(picture(speechAt: 100, ofSpeech: true))
    }

    @Test func withoutAMemoryThereAreNoPictures() throws {
        #expect(try listen(to: 5, minimumSeconds: 0.2, remembers: false).pictures.isEmpty)
    }

    private struct Heard {
        var pictures: [EventPicture] = []
        var scores: [[Float]] = []
        var order: [String] = []
    }

    /// Listens to noise with a threshold that everything reaches, for one label.
    private func listen(
        to seconds: Double, minimumSeconds: Double, gapSeconds: Double? = nil,
        remembers: Bool = true, taught: [TaughtSound] = [], reached: String = "siren"
    ) throws -> Heard {
        let labels = model.labels + taught.map(\.label)
        let parameters = labels.map { label in
            let threshold: Float = label == reached ? 0 : 1
            return LabelParameters(
                onThreshold: threshold, offThreshold: threshold,
                minimumDurationSeconds: minimumSeconds)
        }
        let ring = SampleRing(capacity: 1 << 20)
        var heard = Heard()
        var lastID: Int64 = 0
        let memory =
            remembers
            ? PictureMemory(model: model, labels: labels, parameters: parameters, ofSpeech: true)
            : nil
        let loop = AnalysisLoop(
            source: "test", ring: ring,
            recogniser: try Recogniser(
                model: model, taught: taught, sampleRate: rate, memory: memory),
            tracker: try EventTracker(
                labels: parameters, rate: rate, stepSamples: rate.hertz / 25),
            levels: nil, sampleRate: rate, startTime: start,
            nextEventID: {
                lastID += 1
                return lastID
            },
            onScores: { scores, _, _ in
                heard.scores.append((0..<scores.count).map { scores[$0] })
            },
            put: { message in
                switch message {
                case .picture(_, let picture):
                    heard.pictures.append(picture)
                    heard.order.append("picture")
                case .heard: heard.order.append("heard")
                default: break
                }
            })
        write(seconds, to: ring)
        if let gapSeconds {
            ring.tagGap(lostSamples: Int64(rate.samples(gapSeconds)), cause: .overflow)
            write(seconds, to: ring)
        }
        ring.finish()
        loop.run(idle: .zero)
        return heard
    }

    private func write(_ seconds: Double, to ring: SampleRing) {
        let block = noise[..<rate.samples(seconds)]
        #expect(block.withUnsafeBufferPointer { ring.write($0) } == block.count)
    }

    /// The frames are those of the spectrogram and the scores those of the network, to the
    /// precision of a byte.
    private func expectWhatWasHeard(
        _ picture: EventPicture, _ heard: Heard, fromStep first: Int
    ) throws {
        let spectrogram = try LogMelSpectrogram(parameters: model.features, sampleRate: rate)
        var frames: [Float] = []
        spectrogram.process(noise.span) { frame in
            for band in 0..<frame.count { frames.append(frame[band]) }
        }
        let steps = picture.scores.count / picture.labels.count
        let known = min(picture.frames.count, (steps - 1) * 4 * 64)
        let worst = zip(picture.logMel.prefix(known), frames[(first * 4 * 64)...])
            .map { abs($0 - $1) }.max()
        #expect(try #require(worst) <= 0.0626)
        for (row, label) in picture.labels.enumerated() {
            let index = try #require(model.labels.firstIndex(of: label))
            for step in 0..<steps {
                let score = Float(picture.scores[row * steps + step]) / 255
                #expect(abs(score - heard.scores[first + step][index]) <= 0.0021)
            }
        }
    }
}
