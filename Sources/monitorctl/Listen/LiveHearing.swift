internal import Capture
internal import Glibc
internal import LevelTypes
internal import Listening
internal import Listings
internal import SoundLevels
internal import SoundTypes
internal import Spectrogram
internal import Synchronization
internal import Timekeeping

/// What is heard at this moment: the analysis thread writes, the view reads.
final class LiveHearing: Sendable {
    /// What lines are made of messages for.
    enum Lines {
        case text, json
    }

    /// What a view shows.
    struct Moment {
        /// A column for each tenth of a second, the newest last: the natural logarithm of the power
        /// of each band, the lowest first.
        var columns: [[Float]] = []
        /// LAF now, and its maximum, which falls slowly, in dB; `nil` for none.
        var fast: Double?
        var fastMaximum: Double?
        /// LAeq of the last whole second.
        var laeq: Double?
        var unit = LevelScale.relative.unit
        /// The likeliest first.
        var sounds: [(label: String, score: Double)] = []
        /// The newest last.
        var events: [String] = []
    }

    private static let columnFrames = 10
    private static let mostColumns = 1_000
    private static let mostLines = 2_048
    /// The share of a score that is left after a step of 40 ms: it stays on the screen for a
    /// second or so.
    private static let scoreDecay: Float = 0.93

    private struct State {
        var lines = LiveLines()
        var waiting: [String] = []
        var moment = Moment()
        var scores: [Float]
        var hasEnded = false
        var failure: CaptureError?
        let spectrogram: LogMelSpectrogram?
        var meter: LevelMeter?
        var column: [Float] = []
        var columnFill = 0
    }

    private let labels: [String]
    private let fullScale: Double
    private let form: Lines?
    private let state: Mutex<State>

    /// - Parameter lines: `nil` if none are wanted, but moments
    /// - Throws: a `SpectrogramError` at a rate at which there is no spectrogram
    init(labels: [String], rate: SampleRate, levels: LevelSettings, lines: Lines?) throws {
        (self.labels, form) = (labels, lines)
        fullScale = levels.scale.fullScaleDecibels
        var state = State(
            scores: Array(repeating: 0, count: labels.count),
            spectrogram: lines == nil ? try LogMelSpectrogram(sampleRate: rate) : nil,
            meter: lines == nil ? try Self.meter(rate) : nil)
        state.moment.unit = levels.scale.unit
        self.state = Mutex(state)
    }

    /// `nil` at a rate at which levels are not measured, as the monitor goes without them.
    private static func meter(_ rate: SampleRate) throws(SoundLevelsError) -> LevelMeter? {
        do throws(SoundLevelsError) {
            return try LevelMeter(sampleRate: rate)
        } catch .unsupportedRate {
            return nil
        }
    }

    // MARK: The analysis thread

    func note(_ message: AnalysisMessage) {
        state.withLock { state in
            if case .level(_, let record) = message {
                state.moment.laeq = record.summary.laeq.map { $0 + fullScale }
            }
            if case .ended(_, _, let failure) = message {
                (state.hasEnded, state.failure) = (true, failure)
            }
            switch form {
            case .json: if let line = LiveLines.json(message) { state.waiting.append(line) }
            case .text: if let line = state.lines.line(message) { state.waiting.append(line) }
            case nil: noteForScreen(message, in: &state)
            }
            let surplus = state.waiting.count - Self.mostLines
            if surplus > 0 { state.waiting.removeFirst(surplus) }
        }
    }

    private func noteForScreen(_ message: AnalysisMessage, in state: inout State) {
        switch message {
        case .event, .gap, .effort, .clockStepped:
            guard let line = state.lines.line(message) else { return }
            state.moment.events = state.moment.events.suffix(99) + [line]
        case .began, .listening, .picture, .level, .scores, .heard, .drift, .ended: break
        }
    }

    func note(_ scores: Span<Float>) {
        guard form == nil else { return }
        state.withLock { state in
            for label in state.scores.indices {
                state.scores[label] = max(scores[label], state.scores[label] * Self.scoreDecay)
            }
        }
    }

    func hear(_ samples: Span<Float>, at position: Int64) {
        guard form == nil else { return }
        state.withLock { state in
            var (fast, fastMaximum) = (0.0, 0.0)
            state.meter?.process(samples, captured: samples, position: position) { interval in
                fast = interval.fast
                fastMaximum = max(fastMaximum, interval.fastMaximum)
            }
            if fastMaximum > 0 {
                state.moment.fast = level(fast)
                let held = (state.moment.fastMaximum ?? -.infinity) - 0.1
                state.moment.fastMaximum = max(held, level(fastMaximum))
            }
            var frames: [[Float]] = []
            state.spectrogram?.process(samples) { frame in
                frames.append((0..<frame.count).map { frame[$0] })
            }
            for frame in frames { Self.add(frame, to: &state) }
        }
    }

    private func level(_ power: Double) -> Double { Decibels.level(power: power) + fullScale }

    /// The highest of ten frames make a column.
    private static func add(_ frame: [Float], to state: inout State) {
        state.column = state.columnFill == 0 ? frame : zip(state.column, frame).map(max)
        state.columnFill += 1
        guard state.columnFill == columnFrames else { return }
        state.columnFill = 0
        state.moment.columns = state.moment.columns.suffix(mostColumns - 1) + [state.column]
    }

    // MARK: The view

    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    var failure: CaptureError? { state.withLock { $0.failure } }

    /// The lines that came since the last call.
    func takeLines() -> [String] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    var moment: Moment {
        state.withLock { state in
            var moment = state.moment
            moment.sounds = labels.indices.map { (labels[$0], Double(state.scores[$0])) }
                .sorted { $0.1 > $1.1 }
            return moment
        }
    }
}
