public import LevelTypes
public import Timekeeping

public func utc(_ text: String) throws -> UTCTime {
    try TimeExpression.parse(text, now: UTCTime(microseconds: 0))
}

/// A period of one level: LAeq, LAFmax and the level of all third-octave bands; LCpeak is 13 dB
/// higher, and LAF was in one class all the time.
public func steady(
    _ start: UTCTime, _ length: Double, _ level: Double, heard: Double? = nil,
    state: CalibrationState = .calibrated
) -> LevelPeriod {
    let seconds = heard ?? length
    let power = Decibels.power(level: level)
    var summary = LevelSummary()
    summary.seconds = seconds
    summary.exposureA = power * seconds
    summary.exposureC = power * seconds
    summary.exposureZ = power * seconds
    summary.fastMaximum = power
    summary.peakC = Decibels.power(level: level + 13).squareRoot()
    summary.bandExposures = ThirdOctave.bands.map { _ in power * seconds }
    let count = Int(seconds * 100)
    let histogram = LevelHistogram(
        entries: [.init(level: LevelHistogram.levelClass(of: level + 0.05), count: count)])
    return LevelPeriod(
        start: start, end: start.adding(seconds: length), summary: summary, histogram: histogram,
        state: state)
}

/// The hours of a day that began at `start`, one for each level; `nil` is an hour without audio.
public func hours(from start: UTCTime, _ levels: [Double?]) -> [LevelPeriod] {
    levels.enumerated().map { index, level in
        let begin = start.adding(seconds: Double(index) * 3_600)
        return level.map { steady(begin, 3_600, $0) }
            ?? LevelPeriod(start: begin, end: begin.adding(seconds: 3_600))
    }
}

public func near(_ left: Double?, _ right: Double, within tolerance: Double = 0.0005) -> Bool {
    left.map { abs($0 - right) <= tolerance } ?? false
}
