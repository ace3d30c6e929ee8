internal import HostSystem
package import LevelTypes
package import Timekeeping

/// How levels and related values are written for people.
package enum LevelText {
    /// To a tenth of a decibel: `-` if nothing is known, `-inf` for digital silence.
    package static func level(_ level: Double?) -> String {
        guard let level else { return "-" }
        return fixedPoint(level, places: 1) ?? (level < 0 ? "-inf" : "-")
    }

    /// A share in percent, rounded down to a tenth, so that only complete coverage is 100.0.
    package static func coverage(_ share: Double) -> String {
        fixedPoint((share * 1_000 + 1e-6).rounded(.down) / 10, places: 1) ?? "-"
    }

    /// A share in percent.
    package static func percent(_ share: Double?) -> String {
        share.flatMap { fixedPoint($0 * 100, places: 1) } ?? "-"
    }

    /// What is wrong with the audio, in words: `overload stuck`.
    package static func flags(_ summary: LevelSummary) -> String {
        summary.flaggedSeconds.filter { $0.seconds > 0 }.map(\.flag).joined(separator: " ")
    }

    /// The offset of the local clock from UTC: `+01:00`.
    package static func offset(at moment: UTCTime) -> String {
        String(moment.rfc3339.suffix(6))
    }
}

extension CalibrationState {
    /// The unit of an A-weighted level.
    package var unit: String { self == .uncalibrated ? "dB re FS" : "dB(A)" }

    /// What the state means, in one sentence.
    package var meaning: String {
        switch self {
        case .calibrated:
            "Calibrated: sound pressure levels re 20 µPa, set with an acoustic calibrator."
        case .indicative:
            "Indicative: levels re 20 µPa from a data sheet or a microphone file, not checked with "
                + "a calibrator; they may be off by several decibels."
        case .uncalibrated:
            "UNCALIBRATED: the levels are relative to full scale (dB re FS). They are not sound "
                + "pressure levels."
        }
    }
}
