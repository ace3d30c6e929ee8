internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// What the engine knows of its sources: how far each was heard, which events are being heard, and
/// when labels that level conditions name were.
struct SourceStates: Sendable {
    /// Something that can sound only once at a time.
    private struct Voice: Hashable, Sendable {
        let source: String
        let label: String
    }

    private struct Recognition: Sendable {
        let isOn: Bool
        var since: UTCTime
    }

    struct Source: Sendable {
        /// What its clock says.
        var clock: UTCTime
        /// Whether a gap lasts, as far as is known.
        var isInGap = false
        /// Seconds at the end of what was heard in which no sample differed from the others.
        var stuckSeconds = 0

        mutating func advance(to time: UTCTime, isHeard: Bool) {
            if isHeard { isInGap = false }
            clock = max(clock, time)
        }
    }

    private var sources = BySource<Source>()
    /// All that are heard or should be, sorted.
    private(set) var names: [String] = []
    /// The latest of the clocks of the sources.
    private var latestClock = UTCTime.distantPast
    /// What the wall clock said last.
    private(set) var wallClock: UTCTime?
    private var voices: [Voice: HeardEvent] = [:]
    /// What was last heard, and what was last settled, whether it lasts or not.
    private var lastEvents: [Voice: HeardEvent] = [:]
    private var lastSettled: [Voice: HeardEvent] = [:]
    private var heardLabels = BySource<[LabelStretch]>()
    /// Of sources in which sounds were not looked for at some time.
    private var recognitions = BySource<Recognition>()
    /// The clipped seconds of the last minute.
    private var clipped = BySource<SlidingWindow<Count>>()
    /// What the last calibration of each source found, in dB.
    private var drifts = BySource<Double>()
    /// The share of the disk that is free, 0 to 1; `nil` if nobody looked.
    var freeDiskShare: Double?
    /// For how long sources were not heard, in seconds of ticks: those that should be heard, and
    /// those that ever were.
    private var unheardSeconds = BySource<Double>()
    /// The labels that level conditions name.
    var watchedLabels: Set<String>

    /// How long stretches of labels are kept: more than `LabelledSeconds.delay`.
    private static let memorySeconds = 30.0

    init(watchedLabels: Set<String>, expected: Set<String>) {
        self.watchedLabels = watchedLabels
        for source in expected { unheardSeconds[source] = 0 }
        setNames()
    }

    private mutating func setNames() {
        names = Set(sources.sources).union(unheardSeconds.sources).sorted()
    }

    private mutating func setLatestClock() {
        latestClock = sources.values.map(\.clock).max() ?? .distantPast
    }

    /// How far the clocks are that rules go by.
    var clocks: Clocks { Clocks(audio: latestClock, wall: wallClock ?? .distantPast) }

    /// What the clock of a source says, or, of none, the wall clock.
    func clock(_ source: String?) -> UTCTime? {
        guard let source else { return wallClock }
        return sources[source]?.clock
    }

    // MARK: Time

    /// - Parameter isHeard: whether the source could be heard until then
    mutating func advance(_ source: String, to time: UTCTime, isHeard: Bool) {
        latestClock = max(latestClock, time)
        let isNew = sources[source] == nil || isHeard && unheardSeconds[source] == nil
        if isHeard { unheardSeconds[source] = 0 }
        sources[source, default: Source(clock: time)].advance(to: time, isHeard: isHeard)
        if isNew { setNames() }
    }

    /// A source cannot be heard, until it is.
    mutating func miss(_ source: String) {
        sources.change(source) { $0.isInGap = true }
    }

    /// Whether a source is heard now; `nil`: whether any is.
    func isHeard(_ source: String?) -> Bool {
        guard let source else { return sources.values.contains { !$0.isInGap } }
        return sources[source].map { !$0.isInGap } ?? false
    }

    /// From then on sounds are looked for in what a source hears, or no longer.
    mutating func recognise(_ source: String, _ isOn: Bool, from time: UTCTime) {
        recognitions[source] = Recognition(isOn: isOn, since: time)
    }

    /// Whether sounds are looked for in what a source hears; a loud sound needs no looking for.
    func recognises(_ source: String?, _ label: String?) -> Bool {
        guard let source, label != SoundEvent.loudLabel else { return true }
        return recognitions[source]?.isOn ?? true
    }

    /// Whether a source is heard and an event of a label would be found now; `nil`: of any source,
    /// or of any label.
    func finds(_ label: String?, of source: String?) -> Bool {
        isHeard(source) && recognises(source, label)
    }

    /// Whether sounds were looked for in all of a second.
    func recognised(_ second: LevelSecond, of source: String) -> Bool {
        recognitions[source].map { $0.isOn && second.start >= $0.since } ?? true
    }

    /// A source begins to be heard, at a time that may be before all that was heard of it: the
    /// clock may have been set while nobody listened.
    mutating func begin(_ source: String, at time: UTCTime) {
        advance(source, to: time, isHeard: true)
        sources.change(source) { $0.clock = time }
        recognitions[source] = nil
        setLatestClock()
    }

    /// - Returns: by how much the wall clock was set, in seconds; 0 if it was not
    mutating func tick(_ time: UTCTime, elapsed seconds: Double) -> Double {
        let step = wallClock.map { time.seconds(since: $0) - seconds } ?? 0
        wallClock = time
        unheardSeconds.changeAll { $0 += seconds }
        return abs(step) > Self.acceptedDeviation ? step : 0
    }

    /// How much the wall clock may deviate from the time that passed without having been set, in
    /// seconds.
    private static let acceptedDeviation = 0.5

    mutating func step(_ source: String, by seconds: Double) {
        guard sources[source] != nil else { return }
        sources.change(source) { $0.clock = $0.clock.adding(seconds: seconds) }
        clipped.change(source) { $0.move(by: Int64(seconds.rounded())) }
        recognitions.change(source) { $0.since = $0.since.adding(seconds: seconds) }
        setLatestClock()
        for voice in voices.keys where voice.source == source {
            voices[voice]?.offsetSeconds += seconds
        }
        for voice in lastEvents.keys where voice.source == source {
            lastEvents[voice]?.offsetSeconds += seconds
            lastSettled[voice]?.offsetSeconds += seconds
        }
        heardLabels.change(source) { $0 = $0.map { $0.moved(by: seconds) } }
    }

    mutating func end(_ source: String) {
        sources[source] = nil
        recognitions[source] = nil
        clipped[source] = nil
        unheardSeconds[source] = nil
        setNames()
        setLatestClock()
    }

    /// Whether a source has not been heard for so long. It is unknown of one that was not heard
    /// since the start, until it is too long.
    private func isSilent(_ source: String, for seconds: Double) -> Truth {
        if unheardSeconds[source, default: 0] >= seconds { return .holds }
        return sources[source] == nil ? .unknown : .fails
    }

    func truth(of condition: BoxCondition, _ source: String?) -> Truth {
        let state = source.flatMap { sources[$0] }
        switch condition.state {
        case .noAudio(let seconds):
            return source.map { isSilent($0, for: seconds) } ?? .unknown
        case .deadMicrophone(let seconds):
            return state.map { Truth(Double($0.stuckSeconds) >= seconds) } ?? .unknown
        case .clipping(let seconds):
            return state == nil ? .unknown : Truth(clippedSeconds(source) >= seconds)
        case .diskBelow(let share):
            return freeDiskShare.map { Truth($0 < share) } ?? .unknown
        case .calibrationDrift(let decibels):
            let drift = source.flatMap { drifts[$0] }
            return drift.map { Truth(abs($0) > decibels) } ?? .unknown
        }
    }

    /// What a condition on the box found, in words.
    func value(of condition: BoxCondition, _ source: String?) -> String {
        let state = source.flatMap { sources[$0] }
        let number: (Double?, Int, String) -> String = { value, places, unit in
            (value.flatMap { fixedPoint($0, places: places) } ?? "unknown") + unit
        }
        return switch condition.state {
        case .noAudio: number(source.flatMap { unheardSeconds[$0] }, 0, " s without audio")
        case .deadMicrophone: number(state.map { Double($0.stuckSeconds) }, 0, " s")
        case .clipping: number(state.map { _ in Double(clippedSeconds(source)) }, 0, " s")
        case .diskBelow: number(freeDiskShare.map { $0 * 100 }, 1, " % free")
        case .calibrationDrift: number(source.flatMap { drifts[$0] }, 2, " dB")
        }
    }

    // MARK: Levels and the microphone

    mutating func note(_ second: LevelSecond, of source: String) {
        guard second.seconds > 0, sources[source] != nil else { return }
        sources.change(source) { $0.stuckSeconds = second.isStuck ? $0.stuckSeconds + 1 : 0 }
        clipped[source, default: SlidingWindow(length: 60)].push(
            Count(value: second.isClipped ? 1 : 0), at: second.start.microseconds / 1_000_000)
    }

    private func clippedSeconds(_ source: String?) -> Int {
        source.flatMap { clipped.read($0) { $0.total?.value ?? 0 } } ?? 0
    }

    mutating func note(drift: Double, of source: String) {
        drifts[source] = drift
    }

    // MARK: Events

    /// Takes a change to an event; returns what is known of the whole of it.
    mutating func take(_ event: SoundEvent) -> HeardEvent {
        let voice = Voice(source: event.source, label: event.label)
        let known = voices[voice].flatMap { $0.event.id == event.id ? $0 : nil }
        let heard = known?.continued(by: event) ?? HeardEvent(event)
        voices[voice] = heard
        note(heard)
        noteLast(heard, voice)
        return heard
    }

    private mutating func noteLast(_ heard: HeardEvent, _ voice: Voice) {
        if heard.isRetracted {
            let id = heard.event.id
            if lastEvents[voice]?.event.id == id { lastEvents[voice] = nil }
            if lastSettled[voice]?.event.id == id { lastSettled[voice] = nil }
        } else {
            lastEvents[voice] = heard
            if heard.event.isSettled { lastSettled[voice] = heard }
        }
    }

    /// The event that was heard last of those that are asked for, retracted ones left out.
    func lastEvent(
        isSettled: Bool, where isAskedFor: (SoundEvent) -> Bool
    ) -> HeardEvent? {
        (isSettled ? lastSettled : lastEvents).values.filter { isAskedFor($0.event) }
            .max { ($0.heardUntil, $0.event.id) < ($1.heardUntil, $1.event.id) }
    }

    /// An event that is being heard.
    func event(_ id: Int64) -> HeardEvent? {
        voices.values.first { $0.event.id == id }
    }

    mutating func forget(_ heard: HeardEvent) {
        let voice = Voice(source: heard.event.source, label: heard.event.label)
        if voices[voice]?.event.id == heard.event.id { voices[voice] = nil }
    }

    /// Knows when labels were heard in the past that was recalled.
    mutating func takeLabels(of past: SourceStates) {
        heardLabels = past.heardLabels
    }

    /// Whatever was being heard by a source is over.
    mutating func forgetEvents(of source: String) -> [HeardEvent] {
        let gone = voices.filter { $0.key.source == source }
        for voice in gone.keys { voices[voice] = nil }
        return gone.values.sorted { $0.event.id < $1.event.id }
    }

    private mutating func note(_ heard: HeardEvent) {
        let (source, label) = (heard.event.source, heard.event.label)
        guard watchedLabels.contains(label) else { return }
        let oldest = heard.heardUntil.adding(seconds: -Self.memorySeconds)
        var stretches = heardLabels[source, default: []].filter {
            $0.event != heard.event.id && $0.until >= oldest
        }
        if !heard.isRetracted { stretches.append(LabelStretch(heard)) }
        heardLabels[source] = stretches
    }

    /// The watched labels that were heard in a second.
    func labels(in second: UTCTime, of source: String) -> Set<String> {
        guard let stretches = heardLabels[source], !stretches.isEmpty else { return [] }
        let end = second.adding(seconds: 1)
        return Set(stretches.filter { $0.from < end && $0.until > second }.map(\.label))
    }
}

/// When an event with a watched label was heard.
private struct LabelStretch: Sendable {
    let event: Int64
    let label: String
    var from: UTCTime
    var until: UTCTime

    init(_ heard: HeardEvent) {
        event = heard.event.id
        label = heard.event.label
        from = heard.onset
        until = heard.heardUntil
    }

    func moved(by seconds: Double) -> LabelStretch {
        var moved = self
        moved.from = from.adding(seconds: seconds)
        moved.until = until.adding(seconds: seconds)
        return moved
    }
}

/// What clocks say: the one that is the furthest of those of sources, and the wall clock.
struct Clocks: Sendable {
    let audio: UTCTime
    let wall: UTCTime
}

/// How many there were.
private struct Count: Mergeable {
    var value: Int

    mutating func merge(_ newer: Count) { value += newer.value }
}
