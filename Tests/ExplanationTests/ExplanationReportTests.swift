import Explanation
import Foundation
import Images
import Listings
import ModelFormat
import SoundTypes
import TestSupport
import Testing
import Timekeeping
import Tracking

/// 2026-11-22T17:00:00Z
private let evening = UTCTime(microseconds: 1_795_366_800_000_000)

/// A second and a half of the built-in model's features: 40 steps of 4 frames, silence with a burst
/// in the upper half of the bands. The scores are made up; the label rises at step 10.
private func explanation(
    _ subject: Explanation.Subject = .recording("street.flac"),
    unconfigured: LabelParameters? = LabelParameters(onThreshold: 0.5, offThreshold: 0.3),
    occlusion: Occlusion? = nil, occlusionModel: String = "m 1a"
) throws -> Explanation {
    let features = try Model.builtIn().features
    let frames = (0..<160).flatMap { frame in
        (0..<features.bands).map { band in
            (60..<100).contains(frame) && band >= 32 ? Float(-4) : -20
        }
    }
    let rise = (0..<40).map { Float(min(max($0 - 9, 0), 9)) / 10 }
    return Explanation(
        subject: subject,
        evidence: Evidence(
            features: features, framesPerStep: 4, startSeconds: 65, logMel: frames,
            curves: [
                Evidence.Curve(label: "siren", scores: rise, smoothed: rise.map { $0 / 2 }),
                Evidence.Curve(
                    label: "alarm", scores: rise.reversed(), smoothed: rise.reversed()),
            ]),
        moment: 20, event: 65.4...66.6,
        parameters: LabelParameters(onThreshold: 0.5, offThreshold: 0.4, mergeGapSeconds: 2),
        unconfigured: unconfigured, model: "m 1a", occlusion: occlusion,
        occlusionModel: occlusionModel)
}

@Suite struct ExplanationReportTests {
    @Test func theTextSaysWhatWasDecidedAndWhy() throws {
        #expect(
            ExplanationReport(try explanation()).text == """
                street.flac: siren at 1:05.800
                score 0.900, smoothed 0.450; an event from 1:05.400 to 1:06.600
                model m 1a

                     TIME  SCORE  SMOOTHED  0 TO 1, | IS ON
                  1:05.00  0.000     0.000  ...................|....................
                  1:05.20  0.000     0.000  ...................|....................
                  1:05.40  0.100     0.050  ##.................|....................
                  1:05.60  0.600     0.300  ############.......|....................
                > 1:05.80  0.900     0.450  ##################.|....................
                  1:06.00  0.900     0.450  ##################.|....................
                  1:06.20  0.900     0.450  ##################.|....................
                  1:06.40  0.900     0.450  ##################.|....................

                THRESHOLD          VALUE  FROM
                on                  0.50  model
                off                 0.40  configuration
                smoothing         200 ms  default
                minimum duration  200 ms  default
                merge gap          2.0 s  configuration

                RIVAL  SMOOTHED  HIGHEST
                alarm     0.900    0.900

                What it hangs on: not known; the model m 1a has no such label, or hears other features.

                """)
    }

    /// The highest smoothed score is 0.45.
    @Test(arguments: [
        (Float(0.5), 0.2, "no event: 0.450; needs 0.500"),
        (0.44, 2.0, "no event: 0.450 for 0.88 s; needs 2.00 s"),
        (0.44, 0.1, "no event"),
    ])
    func withoutAnEventTheReasonIsNamed(on: Float, minimum: Double, says: String) throws {
        var plain = try explanation()
        plain.event = nil
        plain.parameters = LabelParameters(
            onThreshold: on, offThreshold: 0.4, minimumDurationSeconds: minimum)
        plain.miss = NearMiss(
            at: plain.moment, of: plain.evidence.curves[0].smoothed, label: "siren",
            parameters: plain.parameters, stepSeconds: 0.04)
        let line = ExplanationReport(plain).text.split(separator: "\n")[1]
        #expect(line == "score 0.900, smoothed 0.450; \(says)")
    }

    @Test func aRetractedEventSaysSo() throws {
        var retracted = siren
        retracted.status = .retracted
        var explanation = try explanation(.event(retracted))
        explanation.miss = NearMiss(
            label: "siren", onsetSeconds: 0, peak: 0.45, durationSeconds: nil, onThreshold: 0.5,
            minimumDurationSeconds: 1)
        let report = ExplanationReport(explanation)
        #expect(report.text.contains(", announced and then retracted: 0.450; needs 0.500\n"))
        #expect(report.json.contains(#","status":"retracted","label":"siren","#))
        #expect(report.json.contains(#","reason":"0.450; needs 0.500","#))
    }

    private var siren: SoundEvent {
        SoundEvent(
            id: 17, source: "mic", label: "siren", onset: evening, heardUntil: evening,
            peakConfidence: 1, meanConfidence: 1, status: .complete)
    }

    @Test func timesOfAnEventCountFromItsOnset() throws {
        var event = try explanation(.event(siren), unconfigured: nil)
        event.evidence.startSeconds = -0.4
        let text = withTimeZone("Europe/Berlin") { ExplanationReport(event).text }
        #expect(
            text.hasPrefix(
                "event 17 of mic: siren at 2026-11-22 18:00:00, +0.400 s from its onset\n"))
        #expect(text.contains("\n  -0.40 s  0.000     0.000  ..."))
        #expect(text.contains("\non                  0.50  the event\n"))
    }

    /// The parts and their figures are those of the occlusion; the bands are in hertz.
    @Test func whatTheScoreHangsOnIsNamed() throws {
        let model = try Model.builtIn()
        let plain = try explanation()
        let occlusion = Occlusion(
            model: model, logMel: plain.evidence.logMel, label: 0, step: 20)
        let text = ExplanationReport(
            try explanation(occlusion: occlusion, occlusionModel: "other 2")
        ).text
        #expect(text.contains("COVERED"))
        #expect(text.contains("by other 2; the event was named by another model"))
        // Band 0 begins at 60 Hz and the last one ends at 7500 Hz; 64 bands in groups of 4.
        let json = try json(occlusion)
        let bands = json.occlusion.bands
        #expect(bands.count == 16)
        #expect(bands.first?.lowHz == 60 && bands.last?.highHz == 7_500)
        #expect(bands.map(\.logitLoss).max() ?? 0 < 30)
        #expect(json.occlusion.cells.count == bands.count * json.occlusion.times.count)
        #expect(json.occlusion.times.last?.endS ?? 0 > 65.8)
    }

    private struct JSON: Decodable {
        struct Loss: Decodable {
            var startS, endS, lowHz, highHz, scoreLoss, logitLoss: Double
        }
        struct Parts: Decodable {
            var model: String
            var score: Double
            var bands, times, cells: [Loss]
        }
        struct Setting: Decodable {
            var value: Double
            var from: String
        }
        var file: String
        var label: String
        var timeS, score, smoothed, startS, stepS: Double
        var thresholds: [String: Setting]
        var scores: [String: [Double]]
        var occlusion: Parts
    }

    private func json(_ occlusion: Occlusion) throws -> JSON {
        let text = ExplanationReport(try explanation(occlusion: occlusion)).json
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(JSON.self, from: Data(text.utf8))
    }

    @Test func theJSONHasTheSameFigures() throws {
        let text = ExplanationReport(try explanation()).json
        let head = """
            {"file":"street.flac","label":"siren","model":"m 1a","time_s":65.800,"score":0.9000,\
            "smoothed":0.4500,"event_start_s":65.400,"event_end_s":66.600,"reason":null,\
            "thresholds":{"on":{"value":0.500,"from":"model"},\
            "off":{"value":0.400,"from":"configuration"},\
            "smoothing_s":{"value":0.200,"from":"default"},
            """
        #expect(text.hasPrefix(head))
        #expect(text.contains(#""rivals":[{"label":"alarm","smoothed":0.9000,"highest":0.9000}]"#))
        #expect(text.hasSuffix("\"occlusion\":null}\n"))
    }

    /// Foreign text cannot move the cursor or break the line.
    @Test func namesArePrintedHarmlessly() throws {
        var event = siren
        event.source = "a\n\u{1B}[2J"
        let text = ExplanationReport(try explanation(.event(event))).text
        #expect(text.hasPrefix("event 17 of a??[2J: siren"))
    }
}

@Suite struct ExplanationPictureTests {
    /// The burst is light, the silence is dark, and the axis is the right way up.
    @Test func theSpectrogramStandsUpright() throws {
        let canvas = ExplanationImage(try explanation()).canvas
        #expect(canvas.width == 1_000 && canvas.height == 664)
        // Frame 80 of 160 is in the middle; band 48 of 64 a quarter below the top.
        let (middle, high, low) = ((60 + 824) / 2, 70 + 80, 390 - 80)
        #expect(canvas[middle, high] == ColourMap.colour(1))
        #expect(canvas[middle, low] == ColourMap.colour(0))
        #expect(canvas[100, high] == ColourMap.colour(0))
        #expect(canvas[800, high] == ColourMap.colour(0))
    }

    @Test func thePictureIsAFile() throws {
        let file = try ExplanationImage(try explanation()).canvas.png()
        #expect(file.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(file.count < 150_000)
    }
}
