internal import EventStore
internal import Listening
internal import ModelFormat
internal import SoundTypes

/// Writes what the sources report into the store: the subscriber that must not miss anything.
struct MessageRecorder {
    /// Messages that may wait: hours of events, or half an hour of levels and scores.
    static let capacity = 8_192

    private let store: EventStore
    private let writer: StoreWriter
    private var sessions: SessionLedger
    private var scores = ScoreCollector()

    init(model: Model, store: EventStore, writer: StoreWriter) {
        self.store = store
        self.writer = writer
        sessions = SessionLedger(model: model.identity)
    }

    /// Runs until no more messages come.
    mutating func record(_ subscription: MessageSubscription) async {
        while let delivery = await subscription.next() {
            if case .message(let message) = delivery { await record(message) }
        }
    }

    private mutating func record(_ message: AnalysisMessage) async {
        for session in sessions.take(message, nextID: store.nextSessionID) {
            await writer.add(.session(session))
        }
        let seconds = finishedScores(message)
        if !seconds.isEmpty { await writer.add(.scores(seconds)) }
        switch message {
        case .event(let event): await writer.add(.event(event))
        case .picture(_, let picture): writer.offer(picture)
        case .level(let source, let record): await writer.add(.level(source: source, record))
        case .gap(let gap, _): await writer.add(.gap(gap))
        case .scores, .began, .listening, .heard, .effort, .drift, .clockStepped, .ended: break
        }
    }
    /// The seconds that are to be stored now.
    private mutating func finishedScores(_ message: AnalysisMessage) -> [SecondScores] {
        switch message {
        case .scores(let second): scores.add(second)
        case .ended(let source, _, _): scores.end(source)
        default: []
        }
    }
}
