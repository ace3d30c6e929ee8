/// One change to an event, in positions on the sample time line of its source.
///
/// Trivial: it holds no reference, so handing it over allocates nothing.
public struct TrackedChange: Sendable, Hashable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// An event is announced, or settled without having been announced, or its next part
        /// begins.
        case began
        /// The sound goes on: `heardUntil`, `peak` and `mean` have grown. Or it was settled: they
        /// and `onset` are corrected.
        case updated
        /// The event, or this part of it, has ended at `heardUntil`.
        case ended
        /// The event that was announced did not survive a second look.
        case retracted
    }

    public var kind: Kind
    /// Whether the filtered scores decided it, and not only the newest ones.
    public var isSettled: Bool
    /// Index of the label in the list the tracker was made for.
    public var label: Int
    /// Number of the event within its tracker: 1, 2, 3 and so on, in order of announcement.
    public var event: Int64
    /// 1 for the first part of the event.
    public var part: Int
    /// First sample of the part.
    public var onset: Int64
    /// One past the last sample of the part in which the sound was heard.
    public var heardUntil: Int64
    /// The highest filtered score of the part so far, 0 to 1; until it is settled, that of the
    /// medians that announced it.
    public var peak: Float
    /// The mean of the same from `onset` to `heardUntil`, 0 to 1.
    public var mean: Float

    public init(
        kind: Kind, isSettled: Bool = true, label: Int, event: Int64, part: Int, onset: Int64,
        heardUntil: Int64, peak: Float, mean: Float
    ) {
        self.kind = kind
        self.isSettled = isSettled
        self.label = label
        self.event = event
        self.part = part
        self.onset = onset
        self.heardUntil = heardUntil
        self.peak = peak
        self.mean = mean
    }
}
