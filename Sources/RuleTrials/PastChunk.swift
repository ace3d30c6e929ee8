internal import Rules
internal import Timekeeping

/// The observations of a stretch of the past, which are put in order.
struct PastChunk {
    let period: Range<UTCTime>
    private var observations: [Observation] = []
    private var places: [Place] = []
    /// The ends of the seconds that were measured of each source.
    private var measured: [String: Set<Int64>] = [:]

    private struct Place: Comparable {
        let time: Int64
        /// Among what is known at the same time, in the order in which the monitor tells it.
        let rank: Int32
        let index: Int32

        static func < (left: Place, right: Place) -> Bool {
            if left.time != right.time { return left.time < right.time }
            return (left.rank, left.index) < (right.rank, right.index)
        }
    }

    init(_ period: Range<UTCTime>) {
        self.period = period
    }

    /// Whole seconds that end in it.
    var seconds: StrideTo<Int64> {
        let first = (period.lowerBound.microseconds + 999_999) / 1_000_000
        let last = (period.upperBound.microseconds + 999_999) / 1_000_000
        return stride(from: first, to: last, by: 1)
    }

    mutating func reserve(_ count: Int) {
        observations.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    /// Takes a second of levels, which is known when it ends.
    mutating func add(_ second: LevelSecond, of source: String) {
        let end = second.start.adding(seconds: 1)
        add(.level(source: source, second), at: end)
        if second.seconds > 0 { measured[source, default: []].insert(end.microseconds) }
    }

    /// Whether the levels of a source say that it was heard until a time.
    func isMeasured(_ source: String, until time: UTCTime) -> Bool {
        measured[source]?.contains(time.microseconds) ?? false
    }

    /// Takes what is known at a time; of another period, nothing.
    mutating func add(_ observation: Observation, at time: UTCTime) {
        guard period.contains(time) else { return }
        places.append(
            Place(
                time: time.microseconds, rank: observation.rank,
                index: Int32(observations.count)))
        observations.append(observation)
    }

    func inOrder(_ body: (Observation, UTCTime) -> Void) {
        for place in places.sorted() {
            body(observations[Int(place.index)], UTCTime(microseconds: place.time))
        }
    }
}

extension Observation {
    fileprivate var rank: Int32 {
        switch self {
        case .silences: 0
        case .began: 1
        case .gap: 2
        case .calibration: 3
        case .event: 4
        case .level: 5
        case .minute: 6
        case .heard: 7
        case .tick: 8
        case .ended: 9
        case .clockStepped, .disk, .acknowledged: 10
        }
    }
}
