internal import AlertTypes
public import Database
internal import Dispatch
public import EventStore
internal import LevelTypes
public import Rules
internal import SoundTypes
public import Timekeeping

/// The past as a database has it, told to rules as the monitor told it: sessions, events, levels,
/// gaps, silences and calibrations, in the order of time. It is read by the hour, so any length of
/// it takes little memory. What no rule asks for is not read.
public final class StoredPast {
    /// What is read at once, in seconds.
    private static let chunkSeconds = 3_600.0

    private let reader: EventReader
    private let needs: PastNeeds
    private let since: UTCTime
    private let until: UTCTime
    private let sources: [String]
    private let sessions: [ListeningSession]
    private let calibrations: [Calibration]
    private let silences: [Silence]
    /// Those of stored scores take the place of stored ones, by label and source.
    private let thresholds: [String: Double]
    private var scoreEvents: [Voice: ScoreEvents] = [:]
    private var lastScoreEvent: Int64 = 0
    /// How many seconds have stored scores, of the labels with a threshold.
    public private(set) var scoredSeconds: [String: Int]

    private struct Voice: Hashable {
        let source: String
        let label: String
    }

    /// - Parameters:
    ///   - rules: those that are to be told, of all sets that are tried at once
    ///   - thresholds: labels whose events are made from the stored scores, with the score that an
    ///     event must reach
    public init(
        _ reader: EventReader, since: UTCTime, until: UTCTime, for rules: [RuleSet],
        thresholds: [String: Double] = [:]
    ) throws(StoreError) {
        self.reader = reader
        self.thresholds = thresholds
        let needs = PastNeeds(rules)
        self.needs = needs
        sessions = try reader.sessions(since: since, until: until)
        self.since = max(since, sessions.map(\.started).min() ?? until)
        self.until = until
        let known = try Set(sessions.map(\.source)).union(reader.levelSources())
        sources = known.filter { needs.sources?.contains($0) ?? true }.sorted()
        calibrations = needs.calibrations ? try reader.calibrations() : []
        silences = try reader.silences(all: true).map { silence in
            // One that was entered later than it starts silenced nothing before.
            var silence = silence
            silence.startsAt = max(silence.startsAt, silence.createdAt)
            return silence
        }
        scoredSeconds = thresholds.mapValues { _ in 0 }
    }

    /// What rules have to know of the time before `end`, in order, to go on from there: levels and
    /// events, at most a day of them.
    public static func history(
        _ reader: EventReader, of rules: RuleSet, seconds: Int, before end: UTCTime
    ) throws(StoreError) -> [Observation] {
        guard seconds > 0 else { return [] }
        let start = end.adding(seconds: -Double(seconds))
        let past = try StoredPast(measuredBy: reader, start..<end, PastNeeds(windowsOf: rules))
        var history: [Observation] = []
        try past.measured(start..<end).inOrder { observation, _ in history.append(observation) }
        return history
    }

    /// What was measured alone: what was listened to, and what the owner said, is not read.
    private init(
        measuredBy reader: EventReader, _ period: Range<UTCTime>, _ needs: PastNeeds
    ) throws(StoreError) {
        (self.reader, self.needs) = (reader, needs)
        (since, until) = (period.lowerBound, period.upperBound)
        (sessions, calibrations, silences) = ([], [], [])
        sources = try reader.levelSources().filter { needs.sources?.contains($0) ?? true }
        (thresholds, scoredSeconds) = ([:], [:])
    }

    /// Those whose levels of seconds the rules ask for.
    public var sourcesOfLevels: [String] { needs.levels ? sources : [] }

    /// Whether anything was listened to in the period.
    public var isEmpty: Bool { sessions.isEmpty }

    /// Tells the past.
    ///
    /// - Parameters:
    ///   - historySeconds: how much of what was before is told to `recall`
    ///   - onProgress: gets the share that is told, 0 to 1
    ///   - body: gets each observation, and when it was made; one after the other, but not always
    ///     on the thread of the caller
    public func tell(
        historySeconds: Int, onProgress: (Double) -> Void = { _ in },
        recall: (Observation) -> Void, _ body: (Observation, UTCTime) -> Void
    ) throws(StoreError) {
        guard since < until else { return }
        var start = since.adding(seconds: -Double(historySeconds))
        while start < since {
            let end = min(start.adding(seconds: Self.chunkSeconds), since)
            try measured(start..<end).inOrder { observation, _ in recall(observation) }
            start = end
        }
        body(.silences(silences), since)
        for calibration in lastCalibrations { body(calibration, since) }
        var next = try chunk(from: since)
        while let chunk = next {
            let end = chunk.period.upperBound
            next = try self.chunk(from: end, while: { chunk.inOrder(body) })
            onProgress(end.seconds(since: since) / until.seconds(since: since))
        }
    }

    /// All that is known of the next stretch of the period; `nil` at its end.
    private func chunk(from start: UTCTime) throws(StoreError) -> PastChunk? {
        guard start < until else { return nil }
        var chunk = try measured(start..<min(start.adding(seconds: Self.chunkSeconds), until))
        try addHeard(to: &chunk)
        return chunk
    }

    /// Reads the next stretch while the one before it is told, which takes as long.
    private func chunk(
        from start: UTCTime, while tell: () -> Void
    ) throws(StoreError) -> PastChunk? {
        var next: Result<PastChunk?, StoreError> = .success(nil)
        withoutActuallyEscaping(tell) { tell in
            let read = { next = Result { () throws(StoreError) in try self.chunk(from: start) } }
            // Neither touches what the other does, and both have ended when this has.
            nonisolated(unsafe) let both = [tell, read]
            DispatchQueue.concurrentPerform(iterations: 2) { unsafe both[$0]() }
        }
        return try next.get()
    }

    /// The last calibration of each source before the period.
    private var lastCalibrations: [Observation] {
        sources.compactMap { source in
            calibrations.last { $0.source == source && $0.time < since }?.observation
        }
    }
}

// MARK: What was measured

extension StoredPast {
    /// Events, levels and minutes.
    private func measured(_ period: Range<UTCTime>) throws(StoreError) -> PastChunk {
        var chunk = PastChunk(period)
        chunk.reserve(8_192)
        try addEvents(to: &chunk)
        try addPauses(to: &chunk)
        for source in sources {
            if needs.levels { try addLevels(of: source, to: &chunk) }
            if needs.minutes { try addMinutes(of: source, to: &chunk) }
            try addScores(of: source, to: &chunk)
        }
        return chunk
    }

    private func addEvents(to chunk: inout PastChunk) throws(StoreError) {
        guard needs.events else { return }
        let query = EventQuery(
            since: chunk.period.lowerBound, until: chunk.period.upperBound,
            labels: needs.labels ?? [], includesRetracted: true)
        for event in try reader.events(query)
        where thresholds[event.label] == nil && needs.sources?.contains(event.source) ?? true {
            for state in EventStates(event, within: chunk.period) {
                chunk.add(.event(state), at: state.heardUntil)
            }
        }
    }

    /// When sounds were not looked for. One stretch that is stored as several gaps, the end of one
    /// within the next, is one.
    private func addPauses(to chunk: inout PastChunk) throws(StoreError) {
        let (first, last) = (chunk.period.lowerBound, chunk.period.upperBound)
        let gaps = try reader.gaps(since: first, until: last)
            .filter { $0.cause == .unrecognised && sources.contains($0.source) }
        for (source, gaps) in Dictionary(grouping: gaps, by: \.source) {
            for (index, gap) in gaps.enumerated() {
                let start = max(gap.start, first)
                chunk.add(.recognition(source: source, isOn: false, at: start), at: start)
                let next = index + 1 < gaps.count ? gaps[index + 1].start : .distantFuture
                guard gap.end < min(next, last) else { continue }
                chunk.add(.recognition(source: source, isOn: true, at: gap.end), at: gap.end)
            }
        }
    }

    /// A second is known when it ends.
    private func addLevels(
        of source: String, to chunk: inout PastChunk
    ) throws(StoreError) {
        var added = chunk
        try reader.forEachLevelSecond(
            source: source, since: chunk.period.lowerBound.adding(seconds: -1),
            until: chunk.period.upperBound.adding(seconds: -1), withBands: needs.bands
        ) { record in
            added.add(
                .level(source: source, LevelSecond(record)), at: record.start.adding(seconds: 1))
        }
        chunk = added
    }

    private func addMinutes(
        of source: String, to chunk: inout PastChunk
    ) throws(StoreError) {
        var added = chunk
        try reader.forEachMinuteHistogram(
            source: source, since: chunk.period.lowerBound.adding(seconds: -60),
            until: chunk.period.upperBound.adding(seconds: -60)
        ) { start, histogram, scale in
            added.add(
                .minute(source: source, start: start, histogram, scale),
                at: start.adding(seconds: 60))
        }
        chunk = added
    }

    private func addScores(
        of source: String, to chunk: inout PastChunk
    ) throws(StoreError) {
        for (label, threshold) in thresholds.sorted(by: { $0.key < $1.key })
        where needs.labels?.contains(label) ?? true {
            let voice = Voice(source: source, label: label)
            var events =
                scoreEvents[voice]
                ?? ScoreEvents(source: source, label: label, threshold: threshold)
            var (told, count): ([(event: SoundEvent, at: UTCTime)], Int) = ([], 0)
            try reader.forEachSecondScores(
                source: source, since: chunk.period.lowerBound.adding(seconds: -1),
                until: chunk.period.upperBound.adding(seconds: -1), label: label
            ) { scores in
                count += 1
                told += events.take(
                    scores.maximum(0), at: scores.start, lastID: &lastScoreEvent)
            }
            told += events.finish(before: chunk.period.upperBound)
            for (event, time) in told {
                chunk.add(.event(event), at: max(time, chunk.period.lowerBound))
            }
            scoreEvents[voice] = events
            scoredSeconds[label, default: 0] += count
        }
    }
}

// MARK: What was heard

extension StoredPast {
    /// Sessions, gaps, calibrations, and that time passes.
    private func addHeard(to chunk: inout PastChunk) throws(StoreError) {
        let period = chunk.period
        let gaps = try reader.gaps(since: period.lowerBound, until: period.upperBound)
        var isRunning = Set<Int64>()
        for source in sources {
            let own = sessions.filter {
                $0.source == source && $0.started < period.upperBound
                    && $0.ended >= period.lowerBound
            }
            addSessions(own, to: &chunk)
            let gaps = gaps.filter { $0.source == source && !$0.cause.isPartial }
            addSeconds(of: own, without: gaps, to: &chunk)
            for gap in gaps {
                chunk.add(.gap(source: source, from: gap.start, until: gap.end), at: gap.end)
            }
            for calibration in calibrations where calibration.source == source {
                guard let observation = calibration.observation else {
                    continue
                }
                chunk.add(observation, at: calibration.time)
            }
        }
        guard needs.ticks else { return }
        for session in sessions
        where session.started < period.upperBound && session.ended >= period.lowerBound {
            for second in chunk.seconds where session.lasts(at: second) {
                isRunning.insert(second)
            }
        }
        for second in isRunning {
            let time = UTCTime(microseconds: second * 1_000_000)
            chunk.add(.tick(at: time, elapsed: 1), at: time)
        }
    }

    private func addSessions(_ sessions: [ListeningSession], to chunk: inout PastChunk) {
        for session in sessions {
            let begin = max(session.started, since)
            chunk.add(.began(source: session.source, at: begin), at: begin)
            // One that is followed by another went on.
            let isLast = !self.sessions.contains {
                $0.source == session.source && $0.started >= session.ended
            }
            guard session.status == .complete, isLast else { continue }
            // The levels of its last second come first.
            chunk.add(.ended(source: session.source), at: session.ended.adding(seconds: 1))
        }
    }

    private func addSeconds(
        of sessions: [ListeningSession], without gaps: [AudioGap], to chunk: inout PastChunk
    ) {
        for session in sessions {
            var gaps = gaps.sorted { $0.end < $1.end }[...]
            // Those say the same.
            var measured = chunk.measuredEnds(of: session.source)[...]
            for second in chunk.seconds where session.lasts(at: second) {
                let time = UTCTime(microseconds: second * 1_000_000)
                while let gap = gaps.first, gap.end < time { gaps.removeFirst() }
                while let end = measured.first, end < time.microseconds {
                    measured.removeFirst()
                }
                guard measured.first != time.microseconds,
                    !gaps.contains(where: { $0.start < time && time <= $0.end })
                else { continue }
                chunk.add(.heard(source: session.source, until: time), at: time)
            }
        }
    }
}

extension ListeningSession {
    /// - Parameter second: a whole second, counted from 1970
    fileprivate func lasts(at second: Int64) -> Bool {
        started.microseconds < second * 1_000_000 && second * 1_000_000 <= ended.microseconds
    }
}

extension Calibration {
    fileprivate var observation: Observation? {
        drift.map { .calibration(source: source, drift: $0) }
    }
}
