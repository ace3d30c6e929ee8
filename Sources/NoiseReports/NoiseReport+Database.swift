public import Database
public import EventStore
internal import LevelTypes
public import Timekeeping

extension NoiseReport {
    /// Reads everything a report needs.
    /// - Parameters:
    ///   - generated: now; the rest of the period cannot be known
    ///   - thresholds: in dB; `nil` for the usual ones
    ///   - onProgress: called now and then while the minutes are read, with the share done, 0 to 1
    public init(
        reading reader: EventReader, source: String, period: CalendarPeriod,
        limits: DayLimits = .usual, generated: UTCTime, thresholds: [Double]? = nil,
        onProgress: (Double) -> Void = { _ in }
    ) throws(StoreError) {
        let (since, until) = (period.since, period.until)
        let heard = HeardLevels(
            reader: reader, source: source, range: try reader.levelRange(source: source))
        var measurements = Measurements()
        measurements.hours = try heard.levels(
            CalendarStep.hour.boundaries(since: since, until: until))
        measurements.history = try heard.levels(Self.historyBoundaries(period))
        var minutes = MinuteScan(absolute: Self.isAbsolute(measurements.hours))
        // A day at a time: a year has half a million minutes.
        let days = CalendarStep.day.boundaries(since: since, until: min(until, generated))
        for (index, (start, end)) in zip(days, days.dropFirst()).enumerated() {
            let isHeard = heard.overlaps(start, end)
            let boundaries =
                isHeard ? CalendarStep.minute.boundaries(since: start, until: end) : [start, end]
            minutes.add(try heard.levels(boundaries))
            if isHeard { onProgress(Double(index) / Double(days.count)) }
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
    /// can show. The longest are whole days.
    static func historyStep(seconds: Double) -> Int {
        let days = Int((seconds / 750 / 86_400).rounded(.up))
        return [60, 300, 900, 3_600].first { seconds <= 750 * Double($0) } ?? days * 86_400
    }

    private static func historyBoundaries(_ period: CalendarPeriod) -> [UTCTime] {
        let step = historyStep(seconds: period.seconds)
        let grid = CivilGrid.boundaries(
            from: period.since, to: period.until, every: min(step, 86_400))
        let days = max(1, step / 86_400)
        return grid.indices.filter { $0 % days == 0 || $0 == grid.count - 1 }.map { grid[$0] }
    }
}

/// The levels of a source, read only where there can be any.
private struct HeardLevels {
    let reader: EventReader
    let source: String
    /// The first and the last stored second; `nil` if there are none.
    let range: (first: UTCTime, last: UTCTime)?

    func overlaps(_ start: UTCTime, _ end: UTCTime) -> Bool {
        range.map { start <= $0.last && $0.first < end } ?? false
    }

    /// What is known between each boundary and the next, in order.
    func levels(_ boundaries: [UTCTime]) throws(StoreError) -> [LevelPeriod] {
        let pieces = Array(zip(boundaries, boundaries.dropFirst()))
        func silent(_ pieces: some Sequence<(UTCTime, UTCTime)>) -> [LevelPeriod] {
            pieces.map { LevelPeriod(start: $0, end: $1) }
        }
        guard let first = pieces.firstIndex(where: { overlaps($0.0, $0.1) }),
            let last = pieces.lastIndex(where: { overlaps($0.0, $0.1) })
        else { return silent(pieces) }
        return silent(pieces[..<first])
            + (try reader.levels(source: source, boundaries: Array(boundaries[first...last + 1])))
            + silent(pieces[(last + 1)...])
    }
}
