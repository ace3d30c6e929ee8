internal import Glibc
internal import HostSystem
internal import LevelTypes
internal import Timekeeping

/// The line that shows how far a measurement has got and what it hears; only on a terminal.
struct CalibrationProgress {
    /// The time between two changes of the line, in seconds of sound.
    private static let interval = 0.25

    private let seconds: Double
    private let rate: SampleRate
    private let isShown = isatty(STDERR_FILENO) == 1
    private var shown = 0

    init(seconds: Double, rate: SampleRate) {
        self.seconds = seconds
        self.rate = rate
    }

    /// Shows the level of the newest samples, if enough have come.
    mutating func show(_ samples: Span<Float>) {
        guard isShown, samples.count - shown >= rate.samples(Self.interval) else { return }
        var energy = 0.0
        for index in shown..<samples.count { energy += Double(samples[index] * samples[index]) }
        let level = Decibels.level(power: energy / Double(samples.count - shown))
        let heard = rate.seconds(Int64(samples.count))
        let (now, all) = (fixedPoint(heard, places: 1), fixedPoint(seconds, places: 0))
        let text = "\(now ?? "-") s of \(all ?? "-") s: \(fixedPoint(level, places: 1) ?? "-") dB"
        StandardError.writePart("\r\(text) re full scale\u{1B}[K")
        shown = samples.count
    }

    /// Clears the line.
    func end() {
        if isShown { StandardError.writePart("\r\u{1B}[K") }
    }
}
