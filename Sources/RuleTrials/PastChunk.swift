internal import Rules
internal import Timekeeping

/// The observations of a stretch of the past, which are put in order.
struct PastChunk {
    let period: Range<UTCTime>
    private var observations: [Observation] = []
    private var places: [Place] = []

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

    /// Until when the seconds of levels of a source say that it was heard, in the order in which
    /// they were added.
    func measuredEnds(of source: String) -> [Int64] {
        zip(observations, places).compactMap { observation, place in
            guard case .level(source, let second) = observation, second.seconds > 0 else {
                return nil
            }
            return place.time
        }
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
        case .gap, .recognition: 2
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
