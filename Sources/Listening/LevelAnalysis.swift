internal import LevelTypes
internal import SoundLevels
internal import Timekeeping
internal import Tracking

/// The levels of a source: a record for each second of the wall clock, the levels of its events,
/// and events for loud sounds.
///
/// One instance belongs to one thread. It keeps none of the samples, and allocates only one record
/// per second.
final class LevelAnalysis {
    private let sampleRate: SampleRate
    private let settings: LevelSettings
    private let correction: CorrectionFilter?
    private var meter: LevelMeter
    private var loud: LoudDetector?
    private var history = LevelHistory()
    private var background: BackgroundLevel
    /// LA90 at the last second, relative to full scale; loud sounds are compared with it.
    private var currentBackground: Double?
    private var second: Second?

    /// The current second of the wall clock, and the position at which it ends.
    private struct Second {
        let start: UTCTime
        let end: Int64

        /// It is measured from `position` onwards and ends at least one sample later.
        init(_ start: UTCTime, from position: Int64, _ clock: SampleClock) {
            self.start = start
            end = max(clock.position(at: start.adding(seconds: 1)), position + 1)
        }
    }

    /// - Throws: `SoundLevelsError` for a rate at which levels cannot be measured, `TrackingError`
    ///   for impossible parameters
    init(settings: LevelSettings, sampleRate: SampleRate) throws {
        self.settings = settings
        self.sampleRate = sampleRate
        let floor = settings.noiseFloorDecibels.map { $0 - settings.scale.fullScaleDecibels }
        meter = try LevelMeter(sampleRate: sampleRate, noiseFloor: floor ?? -.infinity)
        correction = settings.response.map {
            CorrectionFilter(response: $0, sampleRate: sampleRate)
        }
        loud = try settings.loud.map { try LoudDetector(parameters: $0, rate: sampleRate) }
        background = BackgroundLevel(sampleRate: sampleRate)
    }

    /// How far the microphone correction misses the response, in dB, if that is more than it should
    /// be.
    var correctionFault: Double? {
        guard let error = correction?.maximumErrorDecibels,
            error > CorrectionFilter.toleranceDecibels
        else { return nil }
        return error
    }

    /// Whether the levels of bands are measured.
    var measuresBands: Bool {
        get { meter.measuresBands }
        set { meter.measuresBands = newValue }
    }

    /// Takes the samples at `position`, whose place on the wall clock `clock` knows.
    ///
    /// - Parameters:
    ///   - onRecord: a second of the wall clock has been measured
    ///   - onLoud: a loud sound has begun, goes on or has ended
    func process(
        _ samples: Span<Float>, position: Int64, clock: SampleClock,
        onRecord: (LevelRecord) -> Void, onLoud: (TrackedChange) -> Void
    ) {
        guard let correction else {
            measure(samples, captured: samples, position, clock, onRecord, onLoud)
            return
        }
        correction.process(samples, position: position) { corrected, captured, position in
            measure(corrected, captured: captured, position, clock, onRecord, onLoud)
        }
    }

    /// Audio is missing from here on, or none follows.
    func endStream(
        clock: SampleClock, onRecord: (LevelRecord) -> Void, onLoud: (TrackedChange) -> Void
    ) {
        correction?.flush { corrected, captured, position in
            measure(corrected, captured: captured, position, clock, onRecord, onLoud)
        }
        if let reading = meter.endStream(), let second {
            onRecord(record(reading, start: second.start))
        }
        second = nil
        loud?.gap(emit: onLoud)
    }

    // MARK: Events

    /// What was measured after `start` and up to `end`, as far back as the history goes.
    func stretch(after start: Int64, through end: Int64) -> LevelHistory.Stretch {
        history.stretch(after: start, through: end)
    }

    /// LA90 of the minutes before `position`, as a power relative to full scale; `nil` if too
    /// little was heard or it was silent.
    func background(before position: Int64) -> Double? {
        guard let level = background.level(before: position), level.isFinite else { return nil }
        return Decibels.power(level: level)
    }

    /// The levels of an event; `nil` if none of it was measured.
    func levels(of stretch: LevelHistory.Stretch, background: Double?) -> EventLevels? {
        guard stretch.samples > 0 else { return nil }
        return EventLevels(
            seconds: sampleRate.seconds(Int64(stretch.samples)),
            exposureA: stretch.energyA / Double(sampleRate.hertz),
            fastMaximum: stretch.fastMaximum, background: background, scale: settings.scale)
    }

    // MARK: Seconds

    private func measure(
        _ samples: Span<Float>, captured: Span<Float>, _ position: Int64, _ clock: SampleClock,
        _ onRecord: (LevelRecord) -> Void, _ onLoud: (TrackedChange) -> Void
    ) {
        var taken = 0
        while taken < samples.count {
            let start = position + Int64(taken)
            let second = second ?? beginSecond(at: start, clock)
            let count = min(Int(second.end - start), samples.count - taken)
            let range = taken..<(taken + count)
            meter.process(
                samples.extracting(range), captured: captured.extracting(range), position: start
            ) { take($0, onLoud) }
            taken += count
            guard start + Int64(count) == second.end else { continue }
            if let reading = meter.read() { onRecord(record(reading, start: second.start)) }
            // Nobody but the detector asks for it every second.
            if loud != nil { currentBackground = background.level(before: second.end) }
            self.second = secondAfter(second, clock)
        }
    }

    private func take(_ interval: LevelInterval, _ onLoud: (TrackedChange) -> Void) {
        history.add(interval)
        background.add(interval)
        let scale = settings.scale
        loud?.process(
            level: scale.level(power: interval.fastMaximum),
            background: currentBackground.map { $0 + scale.fullScaleDecibels },
            start: interval.end - Int64(interval.samples), end: interval.end, emit: onLoud)
    }

    /// The second of the wall clock that contains `position`.
    private func beginSecond(at position: Int64, _ clock: SampleClock) -> Second {
        let second = Second(clock.time(at: position).wholeSecond, from: position, clock)
        self.second = second
        return second
    }

    /// The clock follows the device in small steps, so a second need not begin exactly where the
    /// one before it ended. After a step of the clock, a different second follows.
    private func secondAfter(_ second: Second, _ clock: SampleClock) -> Second {
        let next = second.start.adding(seconds: 1)
        let difference = clock.time(at: second.end).seconds(since: next)
        guard abs(difference) < 0.5 else { return beginSecond(at: second.end, clock) }
        return Second(next, from: second.end, clock)
    }

    private func record(_ reading: LevelMeter.Reading, start: UTCTime) -> LevelRecord {
        LevelRecord(
            start: start, samples: reading.samples, sampleRate: sampleRate,
            summary: reading.summary, histogram: reading.histogram, fastEnd: reading.fastEnd,
            slowEnd: reading.slowEnd, scale: settings.scale)
    }
}
