/// Where the newest steps begin and end on the sample time line. Nothing is allocated after `init`.
struct StepTimes: Sendable {
    private var starts: [Int64]  // a ring
    private var next = 0
    private var end: Int64 = 0
    /// The steps since the beginning of the stream.
    private(set) var count = 0

    /// - Parameter reach: how many steps before the newest one are remembered
    init(reach: Int) {
        starts = Array(repeating: 0, count: reach + 1)
    }

    mutating func add(start: Int64, end: Int64) {
        starts[next] = start
        next = next + 1 == starts.count ? 0 : next + 1
        self.end = end
        count += 1
    }

    mutating func restart() {
        count = 0
    }

    /// The end of the newest step; `nil` before the first.
    var position: Int64? { count > 0 ? end : nil }

    /// The first sample of the step that came `steps` before the newest one.
    func start(before steps: Int) -> Int64 {
        starts[(next + 2 * starts.count - 1 - steps) % starts.count]
    }

    /// One past the last sample of the step that came `steps` before the newest one.
    func end(before steps: Int) -> Int64 {
        steps == 0 ? end : start(before: steps - 1)
    }
}
