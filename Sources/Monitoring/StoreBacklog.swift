internal import AlertTypes
internal import EventStore
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// The changes that wait for the store, in order, and what was given up.
///
/// While the store works, whoever has a change waits for room. While it does not, nobody waits: the
/// states that newer ones supersede are left out, then the levels and scores of seconds are
/// dropped, then everything.
struct StoreBacklog {
    /// Changes that may wait before levels are dropped.
    let capacity: Int
    /// Other changes that may wait beyond these.
    let reserve: Int

    private(set) var waiting: [StoreChange] = []
    private(set) var pictures = 0
    /// What was lost since the last batch went through.
    private(set) var losses = StoreLosses()
    /// Changes taken, and those of them that are stored, refused or superseded, since the
    /// beginning.
    private(set) var taken = 0
    private(set) var settled = 0
    /// Changes stored or refused since the beginning.
    private(set) var answered = 0

    init(capacity: Int, reserve: Int) {
        (self.capacity, self.reserve) = (capacity, reserve)
    }

    var isFull: Bool { waiting.count >= capacity }

    /// Takes a change, or drops it if there is no room.
    ///
    /// - Parameter isBounded: false: there is always room
    /// - Returns: whether this is the first change that was dropped for lack of room
    mutating func take(_ change: StoreChange, isBounded: Bool) -> Bool {
        guard !isBounded || waiting.count < limit(change) else {
            defer { losses.add(change) }
            return losses.droppedChanges == 0
        }
        append(change)
        return false
    }

    mutating func takePicture(_ picture: EventPicture) {
        append(.picture(picture))
    }

    mutating func noteDroppedPicture() { losses.pictures += 1 }
    mutating func noteRefusal() { losses.refusedChanges += 1 }

    private mutating func append(_ change: StoreChange) {
        waiting.append(change)
        taken += 1
        if change.isPicture { pictures += 1 }
    }

    private func limit(_ change: StoreChange) -> Int {
        switch change {
        case .level, .scores: capacity
        case .event, .gap, .session, .hookRun, .alerts, .reload, .picture: capacity + reserve
        }
    }

    /// Removes what was written from the front.
    mutating func removeFirst(_ count: Int) {
        pictures -= waiting.prefix(count).count(where: \.isPicture)
        waiting.removeFirst(count)
        settled += count
        answered += count
    }

    /// Leaves only the newest state of whatever waits, if that is much: of two states the store
    /// keeps the last.
    mutating func removeSuperseded() {
        guard waiting.count > capacity / 2 else { return }
        var seen = Set<StoreChange.Subject>()
        let kept = waiting.reversed().filter { change in
            change.subject.map { seen.insert($0).inserted } ?? true
        }
        settled += waiting.count - kept.count
        waiting = kept.reversed()
    }

    /// The remaining room is for what matters more.
    ///
    /// - Returns: how many pictures were dropped
    mutating func dropPictures() -> Int {
        defer { pictures = 0 }
        waiting.removeAll(where: \.isPicture)
        settled += pictures
        losses.pictures += pictures
        return pictures
    }

    /// What was lost so far is told: the stretches of time come into the database as gaps.
    mutating func tellLosses() -> StoreLosses {
        defer { losses = StoreLosses() }
        for gap in losses.gaps { append(.gap(gap)) }
        return losses
    }

    mutating func removeAll() -> [StoreChange] {
        defer { waiting = [] }
        return waiting
    }
}

/// What will never be stored.
struct StoreLosses: CustomStringConvertible {
    var pictures = 0
    var refusedChanges = 0
    private var levels = 0
    /// Seconds with scores.
    private var scores = 0
    private var others = 0
    /// For each source, the time of which not all is stored.
    private var stretches: [String: AudioGap] = [:]

    /// Those dropped for lack of room, pictures apart.
    var droppedChanges: Int { levels + scores + others }

    var gaps: [AudioGap] { stretches.values.sorted { $0.source < $1.source } }

    mutating func add(_ change: StoreChange) {
        var samples = 0
        switch change {
        case .level(_, let record):
            levels += 1
            samples = record.samples
        case .scores(let seconds): scores += seconds.count
        case .event, .gap, .session, .hookRun, .alerts, .reload, .picture: others += 1
        }
        guard let (source, start, end) = change.stretch else { return }
        var gap =
            stretches[source]
            ?? AudioGap(source: source, start: start, end: end, lostSamples: 0, cause: .unstored)
        (gap.start, gap.end) = (min(gap.start, start), max(gap.end, end))
        gap.lostSamples += Int64(samples)
        stretches[source] = gap
    }

    /// For the log, which may say that no more than this was lost.
    var description: String {
        let parts = [
            Self.part(pictures, "picture", "dropped"), Self.part(levels, "level", "dropped"),
            Self.part(scores, "set of scores", "dropped", plural: "sets of scores"),
            Self.part(others, "other change", "dropped"),
            Self.part(refusedChanges, "change", "refused"),
        ].compactMap(\.self)
        return parts.isEmpty
            ? "nothing was lost" : parts.joined(separator: " and ") + ", nothing else was lost"
    }

    private static func part(
        _ count: Int, _ what: String, _ verb: String, plural: String? = nil
    ) -> String? {
        switch count {
        case 0: nil
        case 1: "1 \(what) was \(verb)"
        default: "\(count) \(plural ?? what + "s") were \(verb)"
        }
    }
}

extension StoreChange {
    /// What a change is a new state of.
    enum Subject: Hashable {
        case event(Int64, part: Int)
        case gap(source: String, start: UTCTime, GapCause)
        case session(Int64)
        case hookRun(Int64)
    }

    /// `nil` for what is no state of anything, or large and rare. What the rules decided is never
    /// superseded: it is stored in the order in which they decided it.
    var subject: Subject? {
        switch self {
        case .event(let event): .event(event.id, part: event.part)
        case .gap(let gap): .gap(source: gap.source, start: gap.start, gap.cause)
        case .session(let session): .session(session.id)
        case .hookRun(let run): .hookRun(run.id)
        case .level, .scores, .picture, .alerts, .reload: nil
        }
    }

    /// The source and the time that a change is about.
    fileprivate var stretch: (source: String, start: UTCTime, end: UTCTime)? {
        switch self {
        case .event(let event): (event.source, event.onset, event.heardUntil)
        case .gap(let gap): (gap.source, gap.start, gap.end)
        case .session(let session): (session.source, session.ended, session.ended)
        case .level(let source, let record): (source, record.start, record.start.adding(seconds: 1))
        case .scores(let seconds):
            seconds.first.map { first in
                let starts = seconds.map(\.start)
                let end = (starts.max() ?? first.start).adding(seconds: 1)
                return (first.source, starts.min() ?? first.start, end)
            }
        case .hookRun, .alerts, .reload, .picture: nil
        }
    }
}
