internal import Capture
internal import Control
internal import LevelTypes
internal import Listening
internal import SoundTypes
internal import Synchronization
internal import Timekeeping

/// What was last heard of each source, for whoever asks how the monitor is doing.
final class LiveStatus: Sendable {
    /// How many labels are named.
    private static let soundCount = 3
    /// Below this score, a label is not worth naming.
    private static let leastScore = 0.1

    private struct Heard: Sendable {
        var since: UTCTime?
        var until: UTCTime?
        var sampleRate: SampleRate?
        var isRealtime: Bool?
        /// Samples that are missing, or not fully analysed, by cause.
        var lostSamples: [GapCause: Int64] = [:]
        var effort = AnalysisEffort.full
        var driftPPM: Double?
        /// The start of the last gap: one that goes on is reported again.
        var lastGap: UTCTime?
        var gaps = 0
        var level: LevelRecord?
        var scores: SecondScores?
        var event: SoundEvent?
        /// The event that was counted last: there are several states of each.
        var lastEventID: Int64 = 0
        var events = 0
        var clockSteps = 0
        var ending: Ending?
        /// Why the device could not be opened, the last time.
        var refusal: String?
        /// How often that was, and how many messages came.
        var refusals = 0
        var messages = 0

        /// How much was lost by some of the causes.
        func seconds(_ isMeant: (GapCause) -> Bool) -> [String: Double] {
            guard let sampleRate else { return [:] }
            return lostSamples.filter { isMeant($0.key) }
                .reduce(into: [:]) { $0[$1.key.name] = sampleRate.seconds($1.value) }
        }
    }

    private struct Ending: Sendable {
        let failure: CaptureError?
    }

    private let heard = Mutex<[String: Heard]>([:])

    /// A device could not be opened.
    func note(refusal: String, of source: String) {
        heard.withLock { heard in
            heard[source, default: Heard()].refusal = refusal
            heard[source, default: Heard()].refusals += 1
        }
    }

    /// Takes a message of any source. Called on its analysis thread.
    func note(_ message: AnalysisMessage) {
        heard.withLock { Self.note(message, in: &$0[message.source, default: Heard()]) }
    }

    /// What was counted of a source.
    func progress(of source: String) -> MonitorProgress.Source {
        let heard = heard.withLock { $0[source] } ?? Heard()
        return MonitorProgress.Source(messages: heard.messages, attempts: heard.refusals)
    }

    private static func note(_ message: AnalysisMessage, in heard: inout Heard) {
        heard.messages += 1
        switch message {
        case .began(_, _, let rate):
            (heard.sampleRate, heard.ending) = (rate, nil)
            (heard.effort, heard.driftPPM) = (.full, nil)
        case .listening(_, let since, _, let lacksPriority):
            heard.since = heard.since ?? since
            heard.isRealtime = !lacksPriority
        case .event(let event):
            if event.status != .retracted { heard.event = event }
            if event.id > heard.lastEventID {
                heard.lastEventID = event.id
                heard.events += 1
            }
        case .level(_, let record): heard.level = record
        case .scores(let scores): heard.scores = scores
        case .heard(_, _, let until): heard.until = until
        case .gap(let gap, let newlyLost):
            heard.lostSamples[gap.cause, default: 0] += newlyLost
            guard !gap.cause.isPartial else { return }
            if heard.lastGap != gap.start { heard.gaps += 1 }
            heard.lastGap = gap.start
        case .clockStepped(_, let seconds, let time):
            heard.clockSteps += 1
            heard.since = heard.since?.adding(seconds: seconds)
            heard.until = time
        case .effort(_, let effort, _): heard.effort = effort
        case .drift(_, let ppm): heard.driftPPM = ppm
        case .ended(_, _, let failure): heard.ending = Ending(failure: failure)
        case .picture: break
        }
    }

    /// How a source is doing.
    ///
    /// - Parameters:
    ///   - health: `nil` if it could not be opened so far
    ///   - now: on the clock of the source
    func source(
        _ name: String, input: String, _ health: CaptureHealth?, isMissing: Bool, now: UTCTime
    ) -> MonitorStatus.Source {
        let heard = heard.withLock { $0[name] } ?? Heard()
        var status = MonitorStatus.Source(
            name: name, input: input, state: Self.state(heard, health, isMissing: isMissing))
        status.fault = Self.fault(status.state, heard, health)
        status.sampleRate = heard.sampleRate.map { Int($0.hertz) }
        status.isRealtime = heard.isRealtime
        status.heardFor = heard.since.map { rounded(now.seconds(since: $0), places: 1) }
        status.behind = heard.until.map { rounded(now.seconds(since: $0), places: 1) }
        status.lostByCause = heard.seconds { !$0.isPartial }
        status.lost = status.lostByCause.values.reduce(0, +)
        status.omitted = heard.seconds(\.isPartial)
        status.omits = heard.effort.omits.map(\.name)
        status.drift = heard.driftPPM.map { rounded($0, places: 1) }
        (status.gaps, status.events, status.clockSteps) =
            (heard.gaps, heard.events, heard.clockSteps)
        status.level = heard.level.map(Self.level)
        status.sounds = heard.scores.map(Self.sounds) ?? []
        status.lastEvent = heard.event.map { event in
            MonitorStatus.Event(
                id: event.id, label: event.label,
                confidence: rounded(event.peakConfidence, places: 3),
                age: rounded(max(0, now.seconds(since: event.heardUntil)), places: 1))
        }
        if let health {
            (status.overruns, status.suspensions) = (health.overruns, health.suspensions)
            (status.disconnections, status.stalls) = (health.disconnections, health.stalls)
            status.reopens = health.reopens
        }
        return status
    }

    private static func fault(
        _ state: MonitorStatus.Source.State, _ heard: Heard, _ health: CaptureHealth?
    ) -> String? {
        switch state {
        case .heard, .opening: nil
        case .missing: heard.refusal
        case .lost: health?.lastFailure.map { "\($0)" }
        case .ended: heard.ending?.failure.map { "\($0)" }
        }
    }

    private static func state(
        _ heard: Heard, _ health: CaptureHealth?, isMissing: Bool
    ) -> MonitorStatus.Source.State {
        if isMissing { return .missing }
        if heard.ending != nil { return .ended }
        return switch health?.state {
        case .running: heard.since == nil ? .opening : .heard
        case .lost: .lost
        case .opening, nil: .opening
        }
    }

    private static func level(_ record: LevelRecord) -> MonitorStatus.Level {
        let (summary, scale) = (record.summary, record.scale)
        func shown(_ level: Double?) -> Double? {
            guard let level, level.isFinite else { return nil }
            return rounded(level + scale.fullScaleDecibels, places: 1)
        }
        return MonitorStatus.Level(
            laeq: shown(summary.laeq), lafMaximum: shown(summary.lafMaximum),
            lcPeak: shown(summary.lcPeak), scale: scale.state.rawValue)
    }

    private static func sounds(_ scores: SecondScores) -> [MonitorStatus.Sound] {
        scores.labels.indices.map { ($0, scores.maximum($0)) }
            .filter { $0.1 >= leastScore }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .prefix(soundCount)
            .map { .init(label: scores.labels[$0], score: rounded($1, places: 2)) }
    }
}

/// The nearest number with so many decimal places.
func rounded(_ number: Double, places: Int) -> Double {
    let scale = [1.0, 10, 100, 1_000][places]
    return (number * scale).rounded() / scale
}
