import LevelTypes
import TestSupport
import Testing
import Timekeeping

/// A calibrated microphone: an RMS of 1.0 is 120 dB.
let calibrated = LevelScale(fullScaleDecibels: 120, state: .calibrated)

/// The time of a second after 17:00, a whole hour in UTC.
func time(_ second: Int) -> UTCTime { evening.adding(seconds: Double(second)) }

/// A second of steady sound at `level` dB relative to full scale.
func record(
    _ second: Int, level: Double = -60, samples: Int = 48_000, rate: SampleRate = .hz48000,
    bands: Int = 33, scale: LevelScale = calibrated
) -> LevelRecord {
    let power = Decibels.power(level: level)
    var summary = LevelSummary()
    summary.seconds = rate.seconds(Int64(samples))
    summary.exposureA = power * summary.seconds
    summary.exposureC = 2 * power * summary.seconds
    summary.exposureZ = 3 * power * summary.seconds
    summary.fastMaximum = 1.5 * power
    summary.fastMinimum = 0.5 * power
    summary.slowMaximum = 1.2 * power
    summary.slowMinimum = 0.8 * power
    summary.peakC = 4 * power.squareRoot()
    summary.peakZ = 5 * power.squareRoot()
    summary.samplePeak = 3 * power.squareRoot()
    summary.bandExposures = (0..<bands).map { power * summary.seconds / Double($0 + 1) }
    return LevelRecord(
        start: time(second), samples: samples, sampleRate: rate, summary: summary,
        histogram: LevelHistogram(entries: [
            .init(level: LevelHistogram.levelClass(of: level - 1), count: 40),
            .init(level: LevelHistogram.levelClass(of: level), count: 60),
        ]), scale: scale)
}

/// Seconds from a street: the level wanders, cars pass, LAF flutters, and now and then audio is
/// missing or overloaded.
struct Street {
    var random: SeededRandom
    var rate = SampleRate.hz48000
    var scale = calibrated
    private var background = -75.0
    private var car = 0.0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func record(_ second: Int) -> LevelRecord {
        background = min(max(background + noise(0.1), -85), -65)
        car = Int.random(in: 0..<40, using: &random) == 0 ? 30 : max(0, car - 1.5)
        let isCut = Int.random(in: 0..<200, using: &random) == 0
        let samples = isCut ? Int.random(in: 1...rate.hertz, using: &random) : rate.hertz
        var record = EventStoreTests.record(
            second, level: background + car + noise(1), samples: samples, rate: rate,
            bands: rate.hertz < 44_100 ? 28 : 33, scale: scale)
        let seconds = record.summary.seconds
        record.summary.bandExposures = record.summary.bandExposures.map { band in
            band * Decibels.power(level: noise(2))
        }
        record.summary.overloadSeconds = car == 30 ? seconds : 0
        record.summary.underrangeSeconds = background < -84 ? seconds : 0
        record.histogram = fluttering(around: background + car)
        return record
    }

    private mutating func fluttering(around level: Double) -> LevelHistogram {
        var counts: [Int: Int] = [:]
        var current = level
        for _ in 0..<100 {
            current += 0.1 * (level - current) + noise(0.3)
            counts[LevelHistogram.levelClass(of: current), default: 0] += 1
        }
        return LevelHistogram(
            entries: counts.sorted { $0.key < $1.key }.map { .init(level: $0.key, count: $0.value) }
        )
    }

    /// Between -size and size dB, mostly near 0.
    private mutating func noise(_ size: Double) -> Double {
        let pair = (0..<2).map { _ in Double.random(in: -1...1, using: &random) }
        return size * (pair[0] + pair[1]) / 2
    }
}

/// The answer without a database: keeps all records and adds them up.
struct LevelLedger {
    var records: [(second: Int, record: LevelRecord)] = []

    func period(from start: UTCTime, to end: UTCTime) -> LevelPeriod {
        var period = LevelPeriod(start: start, end: end)
        let newest = records.last?.second ?? 0
        for (second, record) in records where time(second) >= start && time(second) < end {
            let gain = record.scale.fullScaleDecibels
            period.summary.merge(record.summary.amplified(byDecibels: gain))
            period.state = max(period.state ?? record.scale.state, record.scale.state)
            let minute = second - second % 60
            let last = newest < minute + 60 ? newest : minute + 59
            guard time(minute) >= start, time(last) < end else { continue }
            period.histogram.merge(record.histogram.amplified(byDecibels: gain))
        }
        return period
    }
}

/// Whether two periods are the same except for what storing them loses: Float32 for exposures,
/// steps of 0.05 dB for maxima and for the bands of a second.
func expectSame(
    _ found: LevelPeriod, _ expected: LevelPeriod, _ location: SourceLocation = #_sourceLocation
) {
    let (found, expected, left, right) = (found.summary, expected.summary, found, expected)
    #expect(left.start == right.start && left.end == right.end, sourceLocation: location)
    #expect(left.state == right.state, sourceLocation: location)
    #expect(left.histogram == right.histogram, sourceLocation: location)
    let exact: [KeyPath<LevelSummary, Double>] = [
        \.seconds, \.exposureA, \.exposureC, \.exposureZ, \.overloadSeconds,
        \.underrangeSeconds, \.stuckSeconds,
    ]
    for path in exact {
        let difference = abs(found[keyPath: path] - expected[keyPath: path])
        #expect(difference <= 1e-6 * expected[keyPath: path], "\(path)", sourceLocation: location)
    }
    let stepped: [KeyPath<LevelSummary, Double?>] = [
        \.lafMaximum, \.lafMinimum, \.lasMaximum, \.lasMinimum, \.lcPeak, \.lzPeak,
        \.samplePeakLevel,
    ]
    for path in stepped {
        expectNear(found[keyPath: path], expected[keyPath: path], "\(path)", location)
    }
    let (bands, wanted) = (found.thirdOctaveLevels, expected.thirdOctaveLevels)
    #expect(bands.count == wanted.count, sourceLocation: location)
    for (band, level) in zip(bands, wanted) { expectNear(band, level, "band", location) }
}

/// Whether two levels are within half a step.
private func expectNear(
    _ found: Double?, _ expected: Double?, _ what: Comment, _ location: SourceLocation
) {
    guard let found, let expected else {
        #expect(found == nil && expected == nil, what, sourceLocation: location)
        return
    }
    let isNear = found == expected || abs(found - expected) <= 0.025_001
    #expect(isNear, "\(what): \(found), not \(expected)", sourceLocation: location)
}
