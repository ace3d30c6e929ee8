public import Timekeeping

/// What a database takes on the disk, and what for.
public struct StoredSizes: Sendable, Hashable {
    /// Data of one sort.
    public struct Part: Sendable, Hashable {
        public var name: String
        /// The kinds that it is of; none: it is always kept.
        public var kinds: [Retention.Kind]
        /// With its indexes.
        public var bytes: Int64
        /// From when the oldest and the newest is; `nil` if there is nothing.
        public var first: UTCTime?
        public var last: UTCTime?

        public init(
            name: String, kinds: [Retention.Kind], bytes: Int64, first: UTCTime? = nil,
            last: UTCTime? = nil
        ) {
            (self.name, self.kinds, self.bytes) = (name, kinds, bytes)
            (self.first, self.last) = (first, last)
        }
    }

    /// The largest first.
    public var parts: [Part]
    /// Pages of the file that are free: they are used before it grows.
    public var freeBytes: Int64
    /// Whether the file can give free pages back.
    public var canShrink: Bool

    public init(parts: [Part], freeBytes: Int64, canShrink: Bool) {
        (self.parts, self.freeBytes, self.canShrink) = (parts, freeBytes, canShrink)
    }
}
