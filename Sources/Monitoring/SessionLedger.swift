internal import EventStore
internal import Listening
internal import SoundTypes
internal import Timekeeping

/// Turns the messages of all sources into the ledger of what was listened to.
///
/// A value without I/O or a clock: the same messages give the same rows. For each source the
/// sessions account for every sample that it gave, as captured or as lost, each in the session
/// whose clock it is on. A session ends where its samples end: `ended` is `started` plus the length
/// of what was captured and lost.
struct SessionLedger {
    /// Seconds of audio, heard or lost, between two updates of a session's row.
    static let updateSeconds = 10

    /// The model that names the sounds, as it appears in the rows.
    private let model: String
    private var running: [String: ListeningSession] = [:]

    init(model: String) {
        self.model = model
    }

    /// Takes the next message of any source.
    ///
    /// - Parameter nextID: gives each session its number
    /// - Returns: the rows that have changed enough to be stored
    mutating func take(
        _ message: AnalysisMessage, nextID: () -> Int64
    ) -> [ListeningSession] {
        switch message {
        case .began(let source, let since, let rate):
            precondition(running[source] == nil, "\(source) began twice")
            return [begin(source, at: since, rate, id: nextID())]
        case .heard(let source, let samples, _):
            return count(captured: Int64(samples), of: source)
        case .gap(let gap, let newlyLost):
            return gap.cause.isPartial ? [] : count(lost: newlyLost, of: gap.source)
        case .clockStepped(let source, let step, let time):
            guard let ended = end(source) else { preconditionFailure("\(source) has not begun") }
            let next = begin(source, at: time, ended.sampleRate, id: nextID(), after: step)
            return [ended, next]
        case .drift(let source, let partsPerMillion):
            running[source]?.driftPPM = partsPerMillion
            return []
        case .ended(let source, _, _):
            // A source may end before its first sample.
            return end(source).map { [$0] } ?? []
        case .listening, .event, .picture, .level, .scores, .effort:
            return []
        }
    }

    private mutating func begin(
        _ source: String, at time: UTCTime, _ rate: SampleRate, id: Int64,
        after step: Double? = nil
    ) -> ListeningSession {
        let session = ListeningSession(
            id: id, source: source, started: time, ended: time, sampleRate: rate,
            capturedSamples: 0, lostSamples: 0, model: model, status: .running,
            clockStepSeconds: step)
        running[source] = session
        return session
    }

    private mutating func count(
        captured: Int64 = 0, lost: Int64 = 0, of source: String
    ) -> [ListeningSession] {
        guard var session = running[source] else {
            preconditionFailure("\(source) has not begun")
        }
        let before = session.samples
        session.capturedSamples += captured
        session.lostSamples += lost
        session.ended = session.started.adding(
            seconds: session.sampleRate.seconds(session.samples))
        running[source] = session
        let period = Int64(Self.updateSeconds * session.sampleRate.hertz)
        return before / period == session.samples / period ? [] : [session]
    }

    private mutating func end(_ source: String) -> ListeningSession? {
        guard var session = running.removeValue(forKey: source) else { return nil }
        session.status = .complete
        return session
    }
}

extension ListeningSession {
    /// All samples on its timeline.
    fileprivate var samples: Int64 { capturedSamples + lostSamples }
}
