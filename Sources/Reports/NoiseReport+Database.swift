public import Acoustics
public import EventStore

extension NoiseReport {
    /// Reads all that a report needs.
    /// - Parameters:
    ///   - generated: now; what comes later in the period cannot be known
    ///   - thresholds: in dB; `nil` for the usual ones
    public init(
        reading reader: EventReader, source: String, period: ReportPeriod,
        limits: DayLimits = .usual, generated: UTCTime, thresholds: [Double]? = nil
    ) throws(EventStoreError) {
        let (since, until) = (period.since, period.until)
        var material = Material()
        material.hours = try reader.levels(
            source: source, boundaries: LevelStep.hour.boundaries(since: since, until: until))
        material.history = try reader.levels(
            source: source,
            boundaries: CivilGrid.boundaries(
                from: since, to: until, every: Self.historyStep(seconds: period.seconds)))
        var minutes = MinuteScan(absolute: Self.isAbsolute(material.hours))
        // A day at a time: a year has half a million minutes.
        let days = LevelStep.day.boundaries(since: since, until: min(until, generated))
        for (start, end) in zip(days, days.dropFirst()) {
            let boundaries = LevelStep.minute.boundaries(since: start, until: end)
            minutes.add(try reader.levels(source: source, boundaries: boundaries))
        }
        material.loudestMinutes = minutes.loudest
        material.unheard = minutes.unheard
        material.loudestSecond = try reader.loudestSecond(
            source: source, since: since, until: until)?.time
        material.events = try reader.events(
            EventQuery(since: since, until: until, source: source))
        material.gaps = try reader.gaps(since: since, until: until, source: source)
        material.scales = try reader.scales(source: source, since: since, until: until)
        material.calibrations = try reader.calibrations(source: source)
        self.init(
            source: source, period: period, limits: limits, generated: generated,
            thresholds: thresholds, material: material)
    }

    /// The finest step that cuts a period into at most 750 pieces: as many as a chart can show.
    static func historyStep(seconds: Double) -> Int {
        [60, 300, 900, 3_600].first { seconds <= 750 * Double($0) } ?? 86_400
    }
}
