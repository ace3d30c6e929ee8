import Explanation
import Foundation
import SoundTypes
import Testing
import Timekeeping

@Suite struct EvidenceTests {
    private static let onset = UTCTime(microseconds: 1_795_366_800_000_000)

    /// Two steps of two frames with two bands.
    private func picture() -> EventPicture {
        EventPicture(
            eventID: 7, start: Self.onset.adding(seconds: -0.02),
            features: FeatureParameters(bands: 2, floor: 1e-14),
            frames: [0, 1, 2, 3, 4, 5, 255, 8],
            labels: ["siren", "alarm"], scores: [255, 51, 0, 102], framesPerStep: 2,
            model: "m 1", parameters: LabelParameters(smoothingSeconds: 0.06))
    }

    @Test func thePictureIsReadInTheUnitsOfTheNetwork() {
        let evidence = Evidence(picture(), onset: Self.onset)
        // ln 1e-14 = -32.236
        let expected = [0, 1, 2, 3, 4, 5, 255, 8].map { -32.236_19 + 0.125 * $0 }
        #expect(zip(evidence.logMel, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 })
        #expect(evidence.frameCount == 4)
        #expect(abs(evidence.startSeconds + 0.02) < 1e-9)
        #expect(abs(evidence.seconds(ofStep: 1)) < 1e-9)
    }

    @Test func theScoresAreThoseOfEachLabel() {
        let curves = Evidence(picture(), onset: Self.onset).curves
        #expect(curves.map(\.label) == ["siren", "alarm"])
        #expect(curves.map(\.scores) == [[1, 0.2], [0, 0.4]])
        // The window reaches beyond both steps, of which the lower one is the median.
        #expect(curves.map(\.smoothed) == [[0.2, 0.2], [0, 0]])
    }

    /// Every byte, and values outside the range.
    @Test func everyByteIsItsOwnCode() {
        let code = LogMelCode(FeatureParameters(floor: 1e-14))
        for byte in 0...255 as ClosedRange<UInt8> {
            #expect(code.byte(code.value(byte)) == byte)
            #expect(code.byte(code.value(byte) + 0.06) == byte)
            #expect(code.byte(code.value(byte) - 0.06) == byte)
        }
        #expect(code.byte(-100) == 0)
        #expect(code.byte(90) == 255)
    }
}

@Suite struct ScoreTableTests {
    private func table(_ steps: [[Float]]) -> ScoreTable {
        var table = ScoreTable(labels: ["a", "b", "c"], stepSeconds: 0.04)
        for step in steps { table.append(step.span) }
        return table
    }

    private let parameters = [0.9, 0.5, 0.5].map {
        LabelParameters(onThreshold: $0, offThreshold: 0.1, smoothingSeconds: 0)
    }

    @Test func theStrongestIsFarthestOverItsThreshold() {
        let table = table([[0.95, 0.4, 0], [0.9, 0.7, 0], [0.99, 0.6, 0.1]])
        let strongest = table.strongest(parameters: parameters)
        #expect(strongest == ScoreTable.Choice(label: 1, step: 1))
        #expect(
            table.strongest(parameters: parameters, label: 0)
                == ScoreTable.Choice(label: 0, step: 2))
        #expect(
            table.strongest(parameters: parameters, in: 0..<1)
                == ScoreTable.Choice(label: 0, step: 0))
        #expect(table.strongest(parameters: parameters, in: 3..<9) == nil)
    }

    @Test func theRivalsAreTheStrongestOthersAtTheMoment() {
        let table = table([[0.9, 0.2, 0.3], [0.9, 0.8, 0.1]])
        let curves = table.curves(
            ScoreTable.Choice(label: 0, step: 0), rivals: 1, over: 0..<2, parameters: parameters)
        #expect(curves.map(\.label) == ["a", "c"])
        #expect(curves[1].scores == [0.3, 0.1])
    }
}
