import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import Teaching
@testable import Timekeeping

@Suite struct RenditionsTests {
    private let parameters = FeatureParameters()

    private func clip() throws -> (SoundFrames, ActiveFrames) {
        let rate = try #require(SampleRate(hertz: Warble.rate))
        let frames = try SoundFrames(
            samples: Warble(variant: 1).clip.span, sampleRate: rate, parameters: parameters)
        return (frames, try #require(ActiveFrames(frames, floor: parameters.floor)))
    }

    @Test func theyAreTheSameEachTime() throws {
        let (frames, active) = try clip()
        var one = try Renditions(parameters: parameters)
        var other = try Renditions(parameters: parameters)
        let first = one.next(of: frames, active, lead: 100)
        #expect(first.values == other.next(of: frames, active, lead: 100).values)
        #expect(first.values != one.next(of: frames, active, lead: 100).values)
    }

    /// From -50 to -5 dB at their loudest, the sound 0 to 30 dB above the noise before it; colour
    /// and the distribution of the noise add a few decibels.
    @Test func levelAndNoiseAreInRange() throws {
        let (frames, active) = try clip()
        var maker = try Renditions(parameters: parameters)
        for _ in 0..<40 {
            let rendition = maker.next(of: frames, active, lead: 100)
            #expect(rendition.count == 100 + frames.count)
            let powers = rendition.powers
            let peak = 10 * log10(try #require(powers.max()))
            #expect((-50.1 ... -4.9).contains(peak))
            let noise = powers[..<100].reduce(0, +) / 100
            let heard = zip(powers[100...], active.isActive).filter(\.1).map(\.0)
            let ratio = 10 * log10(heard.reduce(0, +) / Float(heard.count) / noise)
            #expect((-3...40).contains(ratio))
        }
    }
}
