import EventStore
import LevelTypes
import Timekeeping

/// 2026-03-28T23:00:00Z: midnight in Berlin on the day when the clock is set forward at 02:00.
let springMidnight = UTCTime(microseconds: 1_774_738_800_000_000)
/// 2026-10-24T22:00:00Z: midnight in Berlin on the day when the clock is set back at 03:00.
let autumnMidnight = UTCTime(microseconds: 1_792_879_200_000_000)

/// A second of steady sound from a microphone whose full scale is 120 dB.
func second(
    _ start: UTCTime, _ level: Double, state: CalibrationState = .calibrated
) -> LevelRecord {
    let power = Decibels.power(level: level - 120)
    var summary = LevelSummary()
    summary.seconds = 1
    (summary.exposureA, summary.exposureC, summary.exposureZ) = (power, power, power)
    (summary.fastMaximum, summary.fastMinimum) = (power, power)
    (summary.slowMaximum, summary.slowMinimum) = (power, power)
    (summary.peakC, summary.peakZ) = ((4 * power).squareRoot(), (4 * power).squareRoot())
    summary.samplePeak = summary.peakZ
    summary.bandExposures = ThirdOctave.bands.map { _ in power / 33 }
    return LevelRecord(
        start: start, samples: 48_000, sampleRate: .hz48000, summary: summary,
        histogram: LevelHistogram(entries: [
            .init(level: LevelHistogram.levelClass(of: level - 120 + 0.05), count: 100)
        ]),
        scale: LevelScale(
            fullScaleDecibels: state == .uncalibrated ? 0 : 120, state: state))
}

extension EventStore {
    /// Stores an hour of steady sound for each level, from `start` onwards; `nil` is an hour
    /// without audio.
    func fill(
        _ source: String, from start: UTCTime, hours: [Double?],
        state: CalibrationState = .calibrated
    ) throws {
        for (hour, level) in hours.enumerated() {
            guard let level else { continue }
            try write(
                (0..<3_600).map { index in
                    let time = start.adding(seconds: Double(hour * 3_600 + index))
                    return .level(source: source, second(time, level, state: state))
                })
        }
    }
}
