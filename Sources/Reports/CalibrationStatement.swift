internal import Acoustics

/// How far the levels of a report can be taken for sound pressure levels, and why.
struct CalibrationStatement: Sendable {
    /// The least trusted state; `nil` without audio.
    let state: CalibrationState?
    /// The last calibration before the period, those within it and the first one behind it.
    let history: [Calibration]
    private let leftOutSeconds: Double
    private let since: UTCTime
    private let until: UTCTime

    init(
        state: CalibrationState?, leftOutSeconds: Double, calibrations: [Calibration],
        since: UTCTime, until: UTCTime
    ) {
        let calibrations = calibrations.sorted { $0.time < $1.time }
        let before = calibrations.last { $0.time < since }
        let behind = calibrations.first { $0.time >= until }
        let within = calibrations.filter { $0.time >= since && $0.time < until }
        self.state = state
        self.leftOutSeconds = leftOutSeconds
        self.since = since
        self.until = until
        history = [before].compactMap(\.self) + within + [behind].compactMap(\.self)
    }

    /// A drift beyond this puts in doubt what was measured since the last good check
    /// (ISO 1996-2:2017, 5.2), in dB.
    static let greatestDrift = 0.5

    /// In a few words, for every page.
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
        return sentences + doubts
    }

    /// What a calibration found that puts levels of the period in doubt.
    var doubts: [String] {
        zip(history, history.dropFirst()).compactMap { earlier, later in
            guard let drift = later.drift, abs(drift) > Self.greatestDrift, later.time > since,
                earlier.time < until
            else { return nil }
            let size = fixedPoint(abs(drift), places: 2) ?? "-"
            return "The calibration of \(later.time.localDescription) found that levels were "
                + "\(size) dB too \(drift > 0 ? "high" : "low"), more than "
                + "\(Self.greatestDrift) dB: what was measured from "
                + "\(earlier.time.localDescription) to then is in doubt (ISO 1996-2:2017, 5.2)."
        }
    }

    static func text(of calibration: Calibration) -> String {
        "\(calibration.time.localDescription), "
            + "\(LevelText.level(calibration.calibratorLevel)) dB at "
            + "\(fixedPoint(calibration.calibratorFrequency, places: 0) ?? "-") Hz, drift "
            + "\(calibration.drift.map { signed($0) + " dB" } ?? "unknown")"
    }

    /// With its sign, in hundredths.
    static func signed(_ value: Double) -> String {
        let text = fixedPoint(value, places: 2) ?? "-"
        return value > 0 ? "+" + text : text
    }
}
