import SoundLevels
import Testing
import Timekeeping

@Suite struct LevelHistoryTests {
    /// Frames of 160 samples; the energy of each is its number.
    private func history(frames: Int) -> LevelHistory {
        var history = LevelHistory()
        for number in 1...frames { history.add(.numbered(number)) }
        return history
    }

    @Test func aStretchIsTheSumOfItsFrames() {
        let stretch = history(frames: 100).stretch(after: 10 * 160, through: 20 * 160)
        #expect(stretch.samples == 10 * 160)
        #expect(stretch.energyA == Double((11...20).reduce(0, +)))
        #expect(stretch.fastMaximum == 20)
    }

    @Test func aFrameThatIsCutBelongsToTheStretchInWhichItEnds() {
        let history = history(frames: 100)
        #expect(history.stretch(after: 10 * 160 + 1, through: 12 * 160 - 1).samples == 160)
        #expect(history.stretch(after: 10 * 160, through: 10 * 160).samples == 0)
    }

    @Test func onlyTheLastTwoMinutesAndMoreAreKept() {
        let stretch = history(frames: 13_500).stretch(after: 0, through: .max)
        #expect(stretch.samples == 13_000 * 160)
        #expect(stretch.energyA == Double((501...13_500).reduce(0, +)))
    }

    @Test func nothingIsThereAtTheBeginning() {
        #expect(LevelHistory().stretch(after: 0, through: 1_000) == LevelHistory.Stretch())
    }
}

@Suite struct BackgroundLevelTests {
    private let rate = SampleRate(hertz: 16_000)!

    /// Soft for nine and a half minutes, loud for half a minute: the background is the soft level.
    @Test func itIsTheLevelThatIsExceededNineTenthsOfTheTime() throws {
        var background = BackgroundLevel(sampleRate: rate)
        var number = 0
        for (seconds, power) in [(285, 1e-6), (30, 1e-2), (285, 1e-6)] {
            for _ in 0..<(seconds * 100) {
                number += 1
                background.add(.numbered(number, fast: power))
            }
        }
        let level = try #require(background.level(before: Int64(number) * 160))
        #expect(abs(level - -60) < 0.1)
    }

    /// The event itself is not part of what was there before it.
    @Test func whatComesAfterThePositionDoesNotCount() throws {
        var background = BackgroundLevel(sampleRate: rate)
        for number in 1...2_000 { background.add(.numbered(number, fast: 1e-6)) }
        for number in 2_001...9_000 { background.add(.numbered(number, fast: 1e-2)) }
        let before = try #require(background.level(before: 2_000 * 160))
        #expect(abs(before - -60) < 0.1)
    }

    /// It looks back ten minutes.
    @Test func theOldIsForgotten() throws {
        var background = BackgroundLevel(sampleRate: rate)
        for number in 1...60_000 { background.add(.numbered(number, fast: 1e-6)) }
        for number in 60_001...120_000 { background.add(.numbered(number, fast: 1e-2)) }
        let level = try #require(background.level(before: 120_000 * 160))
        #expect(abs(level - -20) < 0.1)
    }

    @Test func tooLittleSaysNothing() {
        var background = BackgroundLevel(sampleRate: rate)
        for number in 1...990 { background.add(.numbered(number, fast: 1e-6)) }
        #expect(background.level(before: .max) == nil)
        for number in 991...1_000 { background.add(.numbered(number, fast: 1e-6)) }
        #expect(background.level(before: 1_000 * 160) != nil)
    }

    /// Digital silence has no level, so nothing rises above it by a number of decibels.
    @Test func silenceIsNoLevel() {
        var background = BackgroundLevel(sampleRate: rate)
        for number in 1...2_000 { background.add(.numbered(number, fast: 0)) }
        #expect(background.level(before: 2_000 * 160) == -.infinity)
    }

    @Test func whatHadNotSettledDoesNotCount() {
        var background = BackgroundLevel(sampleRate: rate)
        for number in 1...5_000 {
            background.add(.numbered(number, fast: 1e-6, isSettled: false))
        }
        #expect(background.level(before: 5_000 * 160) == nil)
    }
}

extension LevelInterval {
    fileprivate static func numbered(
        _ number: Int, fast: Double? = nil, isSettled: Bool = true
    ) -> LevelInterval {
        LevelInterval(
            end: Int64(number) * 160, samples: 160, energyA: Double(number),
            fast: fast ?? Double(number), fastMaximum: fast ?? Double(number),
            isSettled: isSettled)
    }
}
