import EventStore
import LevelTypes
import SoundTypes
import Timekeeping

/// A month of one source, the same each time: levels that wander, with cars, and sounds of ten
/// labels.
struct Month {
    static let source = "yard"
    static let labels = [
        "airplane", "bird", "car_horn", "children", "dog_bark", "engine", "knock", "music", "siren",
        "train",
    ]

    let start = UTCTime(microseconds: 1_795_302_000_000_000)
    let seconds: Int
    let events: [SoundEvent]

    var end: UTCTime { start.adding(seconds: Double(seconds)) }

    init(days: Int, eventCount: Int) {
        seconds = days * 86_400
        let (start, distance) = (start, Double(days) * 86_400 / Double(eventCount))
        events = (0..<eventCount).map { index in
            let onset = start.adding(seconds: (Double(index) + 0.5) * distance)
            let levels = EventLevels(
                seconds: 5, exposureA: 1e-5, fastMaximum: 1e-5 * Double(1 + index % 7),
                background: 1e-8, scale: Self.scale)
            return SoundEvent(
                id: Int64(index + 1), source: Self.source, label: Self.labels[index * 7 % 10],
                onset: onset, heardUntil: onset.adding(seconds: Double(1 + index % 20)),
                peakConfidence: 0.5 + Double(index % 50) / 100, meanConfidence: 0.4,
                status: .complete, levels: levels)
        }
    }

    private static let scale = LevelScale(fullScaleDecibels: 120, state: .calibrated)

    func store(in path: String) throws {
        let store = try EventStore(path: path)
        try store.write([
            .session(
                ListeningSession(
                    id: store.nextSessionID(), source: Self.source, started: start, ended: end,
                    sampleRate: .hz48000, capturedSamples: 1, lostSamples: 0, model: "none",
                    status: .complete))
        ])
        for batch in stride(from: 0, to: events.count, by: 1_000) {
            try store.write(events[batch..<min(batch + 1_000, events.count)].map { .event($0) })
        }
        for hour in 0..<(seconds / 3_600) {
            try store.write(
                (0..<3_600).map { .level(source: Self.source, record(hour * 3_600 + $0)) })
        }
        try store.close()
    }

    private func record(_ second: Int) -> LevelRecord {
        let hour = Double(second / 3_600 % 24)
        let isCar = second % 97 < 8
        let level =
            -80 + (hour > 6 && hour < 22 ? 12.0 : 0) + (isCar ? 15 : 0)
            + Double(second % 13) / 4
        let power = Decibels.power(level: level)
        var summary = LevelSummary()
        summary.seconds = 1
        (summary.exposureA, summary.exposureC, summary.exposureZ) = (power, 2 * power, 3 * power)
        (summary.fastMaximum, summary.fastMinimum) = (1.5 * power, 0.5 * power)
        (summary.slowMaximum, summary.slowMinimum) = (1.2 * power, 0.8 * power)
        let amplitude = power.squareRoot()
        (summary.peakC, summary.peakZ, summary.samplePeak) =
            (4 * amplitude, 5 * amplitude, 3 * amplitude)
        summary.bandExposures = (0..<33).map { power / Double($0 + 1) }
        let levelClass = LevelHistogram.levelClass(of: level)
        return LevelRecord(
            start: start.adding(seconds: Double(second)), samples: 48_000, sampleRate: .hz48000,
            summary: summary,
            histogram: LevelHistogram(entries: [
                .init(level: levelClass - 5, count: 40), .init(level: levelClass, count: 60),
            ]), scale: Self.scale)
    }
}
