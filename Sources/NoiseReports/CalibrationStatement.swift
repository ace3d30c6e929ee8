internal import Formats
internal import HostSystem
internal import LevelTypes
internal import Timekeeping

/// How far the levels of a report can be trusted as sound pressure levels, and why.
struct CalibrationStatement: Sendable {
    /// The least trusted state; `nil` without audio.
    let state: CalibrationState?
    /// The scales used for measuring, and for how many seconds; the longest first.
    let scales: [(scale: LevelScale, seconds: Double)]
    /// For each input, the last calibration before the period, those within it and the first one
    /// after it, in order of time.
    let history: [Calibration]
    private let leftOutSeconds: Double
    private let since: UTCTime
    private let until: UTCTime

    init(
        state: CalibrationState?, leftOutSeconds: Double, scales: [LevelScale: Double] = [:],
        calibrations: [Calibration], since: UTCTime, until: UTCTime
    ) {
        let ordered = calibrations.sorted { $0.time < $1.time }
        history = Dictionary(grouping: ordered, by: \.input).values.flatMap { calibrations in
            let before = calibrations.last { $0.time < since }
            let behind = calibrations.first { $0.time >= until }
            let within = calibrations.filter { $0.time >= since && $0.time < until }
            return [before].compactMap(\.self) + within + [behind].compactMap(\.self)
        }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
        self.state = state
        self.scales = scales.map { (scale: $0, seconds: $1) }.sorted {
            ($1.seconds, $0.scale.description) < ($0.seconds, $1.scale.description)
        }
        self.leftOutSeconds = leftOutSeconds
        self.since = since
        self.until = until
    }

    /// In a few words, for each page.
    var short: String {
        switch state {
        case .calibrated:
            doubts.isEmpty ? "Calibrated" : "Calibrated, in doubt after a drift"
        case .indicative: "Indicative levels: not calibrated, may be off by several dB"
        case .uncalibrated: "UNCALIBRATED: levels in dB re full scale, not sound pressure levels"
        case nil: "No levels were measured"
        }
    }

    /// In full sentences.
    var sentences: [String] {
        var sentences = [state?.meaning ?? "No levels were measured in the period."]
        if state == .calibrated, let last = history.last(where: { $0.time < until }) {
            sentences.append("Last calibration in or before the period: \(Self.text(of: last)).")
        }
        if leftOutSeconds > 0 {
            sentences.append(
                "\(durationText(leftOutSeconds)) of uncalibrated audio are left out, because they "
                    + "do not add up with sound pressure levels.")
        }
        return sentences + corrections + doubts
    }

    /// Which microphone corrections were applied to the audio that is not left out, and to how much
    /// of it.
    private var corrections: [String] {
        let used = scales.filter {
            state == .uncalibrated || $0.scale.state != .uncalibrated
        }
        var seconds: [String?: Double] = [:]
        for (scale, length) in used { seconds[scale.correction, default: 0] += length }
        guard let only = seconds.first, seconds.count == 1 else {
            let parts = seconds.sorted { $0.value > $1.value }.map { name, length in
                "\(durationText(length)) \(name.map { "with " + Self.quoted($0) } ?? "without")"
            }
            return parts.isEmpty
                ? [] : ["Microphone correction: \(parts.joined(separator: ", "))."]
        }
        return [
            only.key.map { "Microphone correction: \(Self.quoted($0))." }
                ?? "No microphone correction was applied."
        ]
    }

    private static func quoted(_ name: String) -> String { "\"\(printable(name))\"" }

    /// What a calibration found that puts levels of the period in doubt.
    var doubts: [String] {
        history.compactMap { later in
            let earlier = history.last { $0.input == later.input && $0.time < later.time }
            guard let earlier, let drift = later.drift,
                abs(drift) > Calibration.acceptedDrift, later.time > since,
                earlier.time < until
            else { return nil }
            let size = fixedPoint(abs(drift), places: 2) ?? "-"
            return "The calibration of \(later.time.localDescription) found that levels were "
                + "\(size) dB too \(drift > 0 ? "high" : "low"), more than "
                + "\(Calibration.acceptedDrift) dB: what was measured from "
                + "\(earlier.time.localDescription) to then is in doubt (ISO 1996-2:2017, 5.2)."
        }
    }

    static func text(of calibration: Calibration) -> String {
        "\(calibration.time.localDescription), "
            + "\(LevelText.level(calibration.calibratorLevel)) dB at "
            + "\(fixedPoint(calibration.calibratorFrequency, places: 0) ?? "-") Hz, drift "
            + "\(calibration.drift.map { signed($0, places: 2) + " dB" } ?? "unknown")"
    }
}
