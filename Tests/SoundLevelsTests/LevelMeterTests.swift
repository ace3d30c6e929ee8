import Acoustics
import Foundation
import SoundLevels
import Testing

@Suite struct LevelMeterTests {
    @Test func aFullScaleSineIsThreeDecibelsDown() throws {
        let sine = (0..<48_000).map { Float(sin(2 * .pi * 1_000 * Double($0) / 48_000)) }
        let readings = read(sine, pieces: 48_000, interval: 48_000)
        try #require(readings.count == 1)
        let level = Decibels.level(power: readings[0].energy / 48_000)
        #expect(abs(level - -3.0103) < 1e-4)
        #expect(abs(readings[0].peak - 1) < 1e-6)
    }

    @Test(arguments: [1, 7, 480, 1_000, 5_000]) func piecesDoNotMatter(pieces: Int) {
        let noise = (0..<10_000).map { _ in Float.random(in: -1...1) }
        #expect(
            read(noise, pieces: pieces, interval: 3_000)
                == read(noise, pieces: 10_000, interval: 3_000))
    }

    @Test func anUnfinishedIntervalIsReadOutByFlush() {
        let readings = read([Float](repeating: 0.5, count: 250), pieces: 90, interval: 100)
        #expect(readings.map(\.samples) == [100, 100, 50])
        #expect(readings.map(\.position) == [0, 100, 200])
        #expect(readings.map(\.energy) == [25, 25, 12.5])
    }

    private func read(_ signal: [Float], pieces: Int, interval: Int) -> [LevelMeter.Reading] {
        var meter = LevelMeter(interval: interval)
        var readings: [LevelMeter.Reading] = []
        for start in stride(from: 0, to: signal.count, by: pieces) {
            let piece = Array(signal[start..<min(signal.count, start + pieces)])
            meter.process(piece.span, position: Int64(start)) { readings.append($0) }
        }
        meter.flush { readings.append($0) }
        return readings
    }
}
