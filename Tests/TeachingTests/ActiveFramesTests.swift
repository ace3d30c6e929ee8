import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import Teaching

@Suite struct ActiveFramesTests {
    private let floor = FeatureParameters().floor

    private func frames(_ levels: [Double]) -> SoundFrames {
        SoundFrames(values: levels.map { Float($0 / 10 * log(10)) }, bands: 1)
    }

    @Test func aBurstIsTheSound() throws {
        let levels =
            [Double](repeating: -70, count: 100) + [Double](repeating: -30, count: 50)
            + [Double](repeating: -70, count: 100)
        let active = try #require(ActiveFrames(frames(levels), floor: floor))
        #expect(active.isActive.firstIndex(of: true) == 100)
        #expect(active.isActive.lastIndex(of: true) == 149)
        #expect(abs(10 * log10(active.power) + 30) < 0.01)
    }

    @Test func aShortPauseBelongsToTheSound() throws {
        var levels = [Double](repeating: -70, count: 400)
        for index in Array(50..<60) + Array(80..<90) + Array(200..<210) { levels[index] = -30 }
        let active = try #require(ActiveFrames(frames(levels), floor: floor))
        #expect(active.isActive[50..<90].allSatisfy { $0 })
        #expect(!active.isActive[90..<200].contains(true))
        #expect(active.isActive.count { $0 } == 50)
    }

    @Test func ofASteadySoundAllIsActive() throws {
        let levels = (0..<200).map { -40 + 2 * sin(Double($0)) }
        let active = try #require(ActiveFrames(frames(levels), floor: floor))
        #expect(active.isActive.allSatisfy { $0 })
        #expect(active.steps(of: 4) == Array(repeating: true, count: 50))
    }

    @Test func inSilenceNothingIsHeard() {
        #expect(ActiveFrames(frames(Array(repeating: -100, count: 50)), floor: floor) == nil)
        #expect(ActiveFrames(frames([]), floor: floor) == nil)
    }
}
