internal import LevelTypes

/// What a report wants to know about individual minutes, without keeping them all.
struct MinuteScan {
    /// The loudest minutes, loudest first.
    private(set) var loudest: [LevelPeriod] = []
    /// Stretches of minutes without any audio.
    private(set) var unheard: [MissingAudio] = []
    private let isAbsolute: Bool

    private static let count = 10

    /// - Parameter absolute: whether sound pressure levels are wanted
    init(absolute: Bool) {
        isAbsolute = absolute
    }

    /// Takes the next minutes. Those about which too little is known are not among the loudest.
    mutating func add(_ minutes: [LevelPeriod]) {
        for minute in minutes where minute.summary.seconds == 0 { extend(by: minute) }
        let known = minutes.map { $0.keeping(absolute: isAbsolute) }.filter {
            $0.coverage >= NoiseReport.sufficientCoverage
        }
        loudest += known
        loudest.sort { ($1.summary.laeq ?? 0, $0.start) < ($0.summary.laeq ?? 0, $1.start) }
        loudest.removeLast(max(0, loudest.count - Self.count))
    }

    private mutating func extend(by minute: LevelPeriod) {
        if unheard.last?.end == minute.start {
            unheard[unheard.count - 1].end = minute.end
        } else {
            unheard.append(MissingAudio(start: minute.start, end: minute.end))
        }
    }
}
