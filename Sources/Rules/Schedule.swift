internal import Timekeeping

/// Times at which a rule may fire, on the local clock as people read it: whatever the clock shows
/// counts, so a night is from 22:00 to 06:00 also when clocks change, and then an hour longer or
/// shorter.
public struct Schedule: Sendable, Hashable {
    /// It is time when it is time for one of them; empty: never.
    public var periods: [Period]

    public struct Period: Sendable, Hashable {
        /// Days from Monday, 0 to 6, on which it begins; empty: every day.
        public var weekdays: Set<Int>
        /// Minutes since midnight, 0 to 1440. If `until` is not after `from`, it ends on the next
        /// day; that part belongs to the weekday and the date on which it began.
        public var from: Int
        public var until: Int
        /// The first and the last date on which it begins, `2026-12-24`; `nil`: no bound.
        public var firstDate: String?
        public var lastDate: String?

        public init(
            weekdays: Set<Int> = [], from: Int = 0, until: Int = 1_440, firstDate: String? = nil,
            lastDate: String? = nil
        ) {
            self.weekdays = weekdays
            self.from = from
            self.until = until
            self.firstDate = firstDate
            self.lastDate = lastDate
        }
    }

    public init(periods: [Period]) {
        self.periods = periods
    }
}
