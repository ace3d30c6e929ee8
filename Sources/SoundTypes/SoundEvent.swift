public import LevelTypes
public import Timekeeping

/// One detected sound, or one part of a long one.
///
/// A sound that outlasts the longest event continues as a new part: the same `id`, `part` one
/// higher, its onset where the previous part ended.
public struct SoundEvent: Sendable, Hashable {
    public enum Status: String, Sendable, CaseIterable {
        /// The sound can still be heard.
        case open
        /// The sound, or this part of it, has ended.
        case complete
        /// The monitor stopped unexpectedly while the sound was being heard.
        case interrupted
        /// The sound was announced, and then turned out not to be one of this label.
        case retracted
    }

    /// The label of an event of the box itself: its database was damaged. The event lasts for as
    /// long as it took to recover what could be read.
    public static let damageLabel = "database_damaged"
    /// The source of events of the box itself.
    public static let boxSource = "monitord"
    /// The label of what is an event because of its level alone; no network gives it.
    public static let loudLabel = "loud"

    public var id: Int64
    /// 1 for the first part of the event.
    public var part: Int
    /// The name of the source that heard it.
    public var source: String
    public var label: String
    public var onset: UTCTime
    /// The sound is known to have lasted until here: the offset of a complete event, the last
    /// update of an open or interrupted one.
    public var heardUntil: UTCTime
    /// The highest smoothed score so far, 0 to 1.
    public var peakConfidence: Double
    /// The mean of the smoothed scores so far, 0 to 1.
    public var meanConfidence: Double
    public var status: Status
    /// Whether label, onset and confidence are those of the log; `false` while it is only
    /// announced. Not stored.
    public var isSettled: Bool
    /// How loud it has been so far; `nil` if no levels are measured.
    public var levels: EventLevels?
    /// What the owner says about it; `nil` if nothing, and while it is being heard.
    public var mark: EventMark?

    public init(
        id: Int64, part: Int = 1, source: String, label: String, onset: UTCTime,
        heardUntil: UTCTime, peakConfidence: Double, meanConfidence: Double, status: Status,
        isSettled: Bool = true, levels: EventLevels? = nil, mark: EventMark? = nil
    ) {
        self.id = id
        self.part = part
        self.source = source
        self.label = label
        self.onset = onset
        self.heardUntil = heardUntil
        self.peakConfidence = peakConfidence
        self.meanConfidence = meanConfidence
        self.status = status
        self.isSettled = isSettled
        self.levels = levels
        self.mark = mark
    }

    /// The end of the sound; `nil` while it can still be heard.
    public var offset: UTCTime? { status == .open ? nil : heardUntil }

    /// The length known so far.
    public var durationSeconds: Double { heardUntil.seconds(since: onset) }
}
