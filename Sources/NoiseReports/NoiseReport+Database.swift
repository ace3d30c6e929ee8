public import Database
public import EventStore
public import Timekeeping

extension NoiseReport {
    /// Reads everything a report needs.
    /// - Parameters:
    ///   - generated: now; the rest of the period cannot be known
    ///   - thresholds: in dB; `nil` for the usual ones
    public init(
        reading reader: EventReader, source: String, period: CalendarPeriod,
        limits: DayLimits = .usual, generated: UTCTime, thresholds: [Double]? = nil
    ) throws(StoreError) {
        let (since, until) = (period.since, period.until)
        var measurements = Measurements()
        measurements.hours = try reader.levels(
            source: source, boundaries: CalendarStep.hour.boundaries(since: since, until: until))
        measurements.history = try reader.levels(
            source: source,
            boundaries: CivilGrid.boundaries(
                from: since, to: until, every: Self.historyStep(seconds: period.seconds)))
        var minutes = MinuteScan(absolute: Self.isAbsolute(measurements.hours))
        // A day at a time: a year has half a million minutes.
        let days = CalendarStep.day.boundaries(since: since, until: min(until, generated))
        for (start, end) in zip(days, days.dropFirst()) {
            let boundaries = CalendarStep.minute.boundaries(since: start, until: end)
            minutes.add(try reader.levels(source: source, boundaries: boundaries))
        }
        measurements.loudestMinutes = minutes.loudest
        measurements.unheard = minutes.unheard
        measurements.loudestSecond = try reader.loudestSecond(
            source: source, since: since, until: until)?.time
        measurements.events = try reader.events(
            EventQuery(since: since, until: until, source: source))
        measurements.gaps = try reader.gaps(since: since, until: until, source: source)
        measurements.scales = try reader.scales(source: source, since: since, until: until)
        measurements.calibrations = try reader.calibrations(source: source)
        self.init(
            source: source, period: period, limits: limits, generated: generated,
            thresholds: thresholds, measurements: measurements)
    }

    /// The finest step, in seconds, that cuts a period into at most 750 pieces: as many as a chart
    /// can show.
    static func historyStep(seconds: Double) -> Int {
        [60, 300, 900, 3_600].first { seconds <= 750 * Double($0) } ?? 86_400
    }
}
