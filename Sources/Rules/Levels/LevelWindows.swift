internal import LevelTypes
internal import Timekeeping

/// The windows of everything that level conditions measure, of each source.
struct LevelWindows: Sendable {
    /// Each once, however many rules ask for it.
    private let measures: [LevelMeasure]
    /// Those of each unit, by their indices.
    private let ofSeconds: [Int]
    private let ofLabelledSeconds: [Int]
    private let ofMinutes: [Int]
    /// In the order of `measures`.
    private var windows = BySource<[LevelWindow]>()
    /// Those whose past is still to be told.
    private var isFresh: [Bool]

    /// - Parameter old: windows of the same measures go on
    init(_ measures: [LevelMeasure] = [], goingOnWith old: LevelWindows? = nil) {
        self.measures = measures
        ofSeconds = measures.indices.filter { measures[$0].unit == .seconds }
        ofLabelledSeconds = measures.indices.filter { measures[$0].unit == .labelledSeconds }
        ofMinutes = measures.indices.filter { measures[$0].unit == .minutes }
        let before = measures.map { old?.measures.firstIndex(of: $0) }
        isFresh = before.map { $0 == nil }
        for source in old?.sources ?? [] {
            let known = old?.windows[source] ?? []
            windows[source] = zip(measures, before).map { measure, index in
                index.map { known[$0] } ?? LevelWindow(measure)
            }
        }
    }

    /// Those that anything was measured of, sorted.
    var sources: [String] { windows.sources }

    var haveLabels: Bool { !ofLabelledSeconds.isEmpty }

    /// Those of a source, in the order of the measures.
    func of(_ source: String) -> [LevelWindow]? { windows[source] }

    /// Takes the next second of a source.
    ///
    /// - Parameter isPast: whether it is told to the fresh ones alone
    mutating func push(_ second: LevelSecond, of source: String, isPast: Bool = false) {
        change(ofSeconds, source, isPast) { $0.push(second, isLeftOut: false) }
    }

    /// The same, once the watched labels that were heard in it are known.
    mutating func push(
        _ second: LevelSecond, _ labels: Set<String>, of source: String, isPast: Bool = false
    ) {
        change(ofLabelledSeconds, source, isPast) {
            $0.push(second, isLeftOut: $0.measure.leavesOut(labels))
        }
    }

    mutating func push(
        _ histogram: LevelHistogram, _ scale: LevelScale, start: UTCTime, of source: String,
        isPast: Bool = false
    ) {
        change(ofMinutes, source, isPast) { $0.push(histogram, minute: start, scale: scale) }
    }

    private mutating func change(
        _ indices: [Int], _ source: String, _ isPast: Bool,
        _ body: (inout LevelWindow) -> Void
    ) {
        guard !indices.isEmpty else { return }
        if windows[source] == nil { windows[source] = measures.map { LevelWindow($0) } }
        windows.change(source) { windows in
            for index in indices
            where windows[index].measure.isOf(source) && (isFresh[index] || !isPast) {
                body(&windows[index])
            }
        }
    }

    /// The past is told.
    mutating func endPast() {
        for index in isFresh.indices { isFresh[index] = false }
    }

    /// The clock of a source was set.
    mutating func move(_ source: String, bySeconds step: Double) {
        windows.change(source) { windows in
            for index in windows.indices { windows[index].move(bySeconds: step) }
        }
    }
}
