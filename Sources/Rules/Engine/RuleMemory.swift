internal import AlertTypes
internal import FoundationEssentials
internal import Timekeeping

/// What a rule must not forget over a restart. Stored as JSON under the name of the rule.
struct RuleMemory: Sendable, Codable, Equatable {
    /// The condition that the tracks are about, in words: those of another one mean nothing.
    var condition: String
    /// By what they are about: `Alert.group`.
    var tracks: [String: AlertTrack] = [:]
    /// The newest firings, the oldest first: as many as cooldown and limits can ask for.
    var firings: [Moment] = []
    /// Counts of the newest two hours.
    var suppressions: [Suppression] = []

    init(condition: String) {
        self.condition = condition
    }

    /// As they are in the database.
    private enum CodingKeys: String, CodingKey {
        case condition = "about"
        case tracks, firings, suppressions
    }

    var isEmpty: Bool { tracks.isEmpty && firings.isEmpty && suppressions.isEmpty }

    /// The memories in records, by rule.
    ///
    /// - Parameter unreadable: gets the rules whose record is of another version, or damaged
    static func read(
        _ records: [RuleRecord], unreadable: inout [String]
    ) -> [String: RuleMemory] {
        let decoder = JSONDecoder()
        var memories: [String: RuleMemory] = [:]
        for record in records {
            do {
                memories[record.rule] = try decoder.decode(
                    RuleMemory.self, from: Data(record.json.utf8))
            } catch {
                unreadable.append(record.rule)
            }
        }
        return memories
    }

    /// One line; its keys are sorted.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            preconditionFailure("texts, numbers and times can be encoded: \(error)")
        }
    }
}

/// A time on the clock of a source, which the clock takes along when it is set.
struct Moment: Sendable, Codable, Equatable {
    var time: UTCTime
    var source: String?
}

/// An event that counts towards a number of them.
struct CountedEvent: Sendable, Codable, Equatable {
    var event: AlertEvent
    var at: Moment
}

/// One thing that a rule watches: from the moment at which its condition begins to hold, through
/// the alert, to its resolution.
///
/// ```
///               held long enough, no gate closed
///   pending ──────────────────────────────────────> firing ──┐ repeated
///      │                                              │ ^─────┘
///      └── no longer holds: forgotten, counted if     └── no longer held for `keep_firing_for`,
///          a gate had held it back                        or all was retracted: resolved
/// ```
struct AlertTrack: Sendable, Codable, Equatable {
    /// The source whose clock it follows: the last one that had to say something about it.
    var source: String?
    /// Whether it is about that source alone.
    var isOfOneSource: Bool
    /// Since when the condition holds; `nil` if it does not.
    var heldSince: UTCTime?
    /// Since when the condition of the alert no longer holds; `nil` if it does.
    var clearSince: UTCTime?
    /// When it was last looked at, and until when its events were heard.
    var seenAt: UTCTime
    var heardUntil: UTCTime
    /// The end of the last stretch in which nothing could be heard.
    var unheardUntil: UTCTime?
    /// When what it is about began to sound, and when the condition was first known to hold.
    var soundAt: UTCTime
    var detectedAt: UTCTime
    /// Events that meet the condition and are being heard, the oldest first.
    var open: [AlertEvent] = []
    /// Events that count, the oldest first.
    var counted: [CountedEvent] = []
    /// What holds the firing back.
    var heldBack: HeldBack?
    private var box: AlertBox?
    /// When the owner was last told of the alert.
    var toldAt: UTCTime?

    /// Of more tracks of a rule than this, those that need not be kept are over at once.
    static let limit = 100

    init(source: String?, isOfOneSource: Bool, at time: UTCTime) {
        self.source = source
        self.isOfOneSource = isOfOneSource
        seenAt = time
        heardUntil = time
        soundAt = time
        detectedAt = time
    }

    /// The alert that lasts. The events of it that are being heard are as they were last heard.
    var alert: Alert? {
        get {
            guard var alert = box?.alert else { return nil }
            for event in open { alert.note(event) }
            return alert
        }
        set { box = newValue.map(AlertBox.init) }
    }

    /// Whether there is an alert.
    var isFiring: Bool { box != nil }

    /// Whether it is about an event.
    func knows(_ event: Int64) -> Bool {
        open.contains { $0.id == event } || counted.contains { $0.event.id == event }
            || box?.alert.events.contains { $0.id == event } ?? false
    }

    /// Whether a restart must not forget what has changed since `before`.
    func isWorthStoring(after before: AlertTrack, _ terms: RuleTerms) -> Bool {
        let isHoldCounted = terms.rule.holdSeconds > 0
        return clearSince != before.clearSince || heldBack != before.heldBack
            || isHoldCounted && heldSince != before.heldSince
            || !counted.elementsEqual(before.counted) { $0.event.id == $1.event.id }
            || isFiring
                && zip(open, before.open).contains { $0.id == $1.id && $0.onset != $1.onset }
            || box !== before.box && !isDecidedAlike(box?.alert, before.box?.alert)
    }

    /// Events that are too old to count.
    mutating func forgetCounted(_ terms: RuleTerms, at now: UTCTime) {
        guard let count = terms.event?.count else { return }
        counted.removeAll { now.seconds(since: $0.at.time) >= count.withinSeconds }
    }

    /// Nothing was heard since it was last looked at: that time does not count.
    mutating func freeze(until time: UTCTime) {
        let lost = time.seconds(since: seenAt)
        guard lost > 0 else { return }
        heldSince = heldSince?.adding(seconds: lost)
        clearSince = clearSince?.adding(seconds: lost)
        seenAt = time
        unheardUntil = time
    }

    /// The clock of a source was set that events which count were heard by.
    mutating func moveCounted(of source: String?, bySeconds step: Double) {
        for index in counted.indices where counted[index].at.source == source {
            counted[index].at.move(bySeconds: step)
        }
    }

    /// The clock that it follows was set.
    mutating func move(bySeconds step: Double) {
        heldSince = heldSince?.adding(seconds: step)
        clearSince = clearSince?.adding(seconds: step)
        seenAt = seenAt.adding(seconds: step)
        heardUntil = heardUntil.adding(seconds: step)
        unheardUntil = unheardUntil?.adding(seconds: step)
        soundAt = soundAt.adding(seconds: step)
        detectedAt = detectedAt.adding(seconds: step)
        toldAt = toldAt?.adding(seconds: step)
    }
}

extension AlertTrack {
    /// As they are in the database.
    private enum CodingKeys: String, CodingKey {
        case source, isOfOneSource, heldSince, clearSince, seenAt, heardUntil, unheardUntil
        case soundAt, detectedAt, open, counted, heldBack, toldAt
        case box = "alert"
    }
}

/// The alert of a track, in an object of its own: tracks are copied whenever they are looked at.
private final class AlertBox: Sendable, Codable, Equatable {
    let alert: Alert

    init(_ alert: Alert) {
        self.alert = alert
    }

    init(from decoder: any Decoder) throws {
        alert = try Alert(from: decoder)
    }

    func encode(to encoder: any Encoder) throws { try alert.encode(to: encoder) }

    static func == (left: AlertBox, right: AlertBox) -> Bool {
        left === right || left.alert == right.alert
    }
}

/// Whether alerts are the same but for what changes all the time while their events are heard.
private func isDecidedAlike(_ left: Alert?, _ right: Alert?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    let areEventsAlike = left.events.elementsEqual(right.events) {
        $0.id == $1.id && $0.onset == $1.onset && $0.isRetracted == $1.isRetracted
    }
    var other = left
    other.events = right.events
    return areEventsAlike && other == right
}

/// Why a rule does not fire although its condition holds.
struct HeldBack: Sendable, Codable, Equatable {
    var reason: Suppression.Reason
    /// The rule or the silence that does it; may be empty.
    var by = ""
}
