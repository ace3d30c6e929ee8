import Explanation
import Foundation
import Testing

/// A case where the right answer is known: a model that looks at one frame and four bands.
@Suite struct OcclusionTests {
    private static let frames = 121
    private static let background: Float = -10
    private static let burst: Float = -2
    /// The frame that decides if the last one is explained.
    private static let decisive = frames - 1 - HandMadeModel.age

    /// A burst in all bands around the frame that decides, over a background.
    private static func logMel(background: Float = background) -> [Float] {
        (0..<frames).flatMap { frame in
            [Float](
                repeating: abs(frame - decisive) < 5 ? burst : background,
                count: HandMadeModel.bands)
        }
    }

    private static func occlusion(_ logMel: [Float] = logMel()) throws -> Occlusion {
        Occlusion(model: try HandMadeModel.make(), logMel: logMel, label: 0, step: frames - 1)
    }

    /// Four bands at -2 make 0.25 · 4 · -2 + 5 = 3; covered they are at -10: 8 less.
    private static let loss: Float = 8

    @Test func theScoreIsThatOfTheModel() throws {
        let occlusion = try Self.occlusion()
        #expect(abs(occlusion.score - 1 / (1 + exp(-3))) < 1e-5)
    }

    /// A step is explained as the network heard it, even if steps do not divide the stretch looked
    /// back at, and far into the recording.
    @Test func longStepsKeepTheirPlace() throws {
        let model = try HandMadeModel.make(framesPerStep: 7)
        let logMel = (0..<1_050).flatMap { frame in
            [Float](repeating: -Float(frame % 11), count: HandMadeModel.bands)
        }
        for step in [3, 90, 149] {
            let decisive = 7 * step + 6 - HandMadeModel.age
            let logit =
                HandMadeModel.bias - 4 * HandMadeModel.weight * Float(max(0, decisive) % 11)
            let expected = decisive < 0 ? HandMadeModel.bias : logit
            let occlusion = Occlusion(model: model, logMel: logMel, label: 0, step: step)
            #expect(abs(occlusion.score - 1 / (1 + exp(-expected))) < 1e-5, "step \(step)")
        }
    }

    @Test func theBandsThatDecideAreFound() throws {
        for loss in try Self.occlusion().bands {
            let expected = loss.bands == HandMadeModel.decidingBands ? Self.loss : 0
            #expect(abs(loss.logit - expected) < 1e-3)
            #expect(loss.frames == 0..<Self.frames)
        }
    }

    @Test func theTimeThatDecidesIsFound() throws {
        let times = try Self.occlusion().times
        #expect(
            times.map(\.frames) == [0..<1, 1..<21, 21..<41, 41..<61, 61..<81, 81..<101, 101..<121])
        for loss in times {
            let expected = loss.frames.contains(Self.decisive) ? Self.loss : 0
            #expect(abs(loss.logit - expected) < 1e-3)
        }
    }

    /// The mean over the blocks of two by two cells that cover a cell: those next to the one that
    /// decides have half its loss, those across a corner a quarter.
    @Test func theCellThatDecidesIsFound() throws {
        for cell in try Self.occlusion().cells {
            let time = distance(cell.frames, Self.decisive, 20)
            let band = distance(cell.bands, HandMadeModel.decidingBands.lowerBound, 4)
            // Those at the edge have only one block in that direction.
            let isLast = cell.frames.upperBound == Self.frames
            let isHighest = cell.bands.upperBound == HandMadeModel.bands
            let share: Float =
                time > 1 || band > 1
                ? 0 : (time == 0 || isLast ? 1 : 0.5) * (band == 0 || isHighest ? 1 : 0.5)
            #expect(abs(cell.logit - Self.loss * share) < 1e-3, "\(cell)")
        }
    }

    /// What the score loses is reported too: 1/(1+exp(-3)) less 1/(1+exp(5)).
    @Test func theLossOfTheScoreIsItsDifference() throws {
        let best = try Self.occlusion().times.map(\.score).max() ?? 0
        #expect(abs(best - (1 / (1 + exp(-3)) - 1 / (1 + exp(5)))) < 1e-4)
    }

    /// A sound that never stops is background, and anything fainter is left alone.
    @Test func aSteadySoundHangsOnNothing() throws {
        let occlusion = try Self.occlusion(Self.logMel(background: Self.burst))
        for loss in occlusion.cells + occlusion.bands + occlusion.times {
            #expect(abs(loss.logit) < 1e-3)
        }
    }

    /// Of a long stretch, the last 6 s and the frame itself are covered.
    @Test func whatTheNetworkHasForgottenIsNotCovered() throws {
        let long = [Float](repeating: Self.background, count: 900 * HandMadeModel.bands)
        let occlusion = Occlusion(
            model: try HandMadeModel.make(), logMel: long + Self.logMel(), label: 0,
            step: 900 + Self.frames - 1)
        #expect(occlusion.bands.first?.frames == 420..<1021)
        #expect(occlusion.times.first?.frames == 420..<421)
        let best = occlusion.times.max { $0.logit < $1.logit }
        #expect(best?.frames.contains(900 + Self.decisive) == true)
    }

    /// After the end silence is heard, as at the end of a recording.
    @Test func aStretchThatEndsEarlyIsFollowedBySilence() throws {
        let model = try HandMadeModel.make()
        let occlusion = Occlusion(
            model: model, logMel: Array(Self.logMel().prefix(10 * HandMadeModel.bands)),
            label: 0, step: Self.frames - 1)
        let silence = HandMadeModel.weight * 4 * Float(log(1e-10)) + HandMadeModel.bias
        #expect(abs(occlusion.score - max(1e-7, 1 / (1 + exp(-silence)))) < 1e-6)
        #expect(occlusion.times.count == 7)
    }

    /// How many cells of the given size a cell is away from the one that contains a position.
    private func distance(_ cell: Range<Int>, _ place: Int, _ size: Int) -> Int {
        if cell.contains(place) { return 0 }
        let gap = place < cell.lowerBound ? cell.lowerBound - place : place - cell.upperBound + 1
        return (gap + size - 1) / size
    }
}
