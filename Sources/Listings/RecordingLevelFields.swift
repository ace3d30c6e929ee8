internal import Formats
internal import LevelTypes
internal import SoundLevels

/// The levels of a recording, for programs and for people. The names are a promise: scripts depend
/// on them.
enum RecordingLevelFields {
    private static let percentages = [1, 5, 10, 50, 90, 95, 99]

    /// Levels in dB; null where nothing is known, and for digital silence. `LAF_end` and `LAS_end`
    /// are those after the last sample.
    static func members(_ levels: RecordingLevels) -> [(key: String, value: JSONValue)] {
        let (summary, scale) = (levels.summary, levels.scale)
        func level(_ relative: Double?) -> JSONValue {
            number(relative.map { $0 + scale.fullScaleDecibels })
        }
        func bands(_ bands: [OctaveBand], _ relative: [Double]) -> JSONValue {
            .object(zip(bands, relative).map { (key: $0.name, value: level($1)) })
        }
        let isKnown = summary.seconds > 0
        return [
            ("calibration", .string(scale.state.rawValue)),
            (
                "full_scale_db",
                scale.state == .uncalibrated ? .null : number(scale.fullScaleDecibels)
            ),
            ("LAeq", level(summary.laeq)), ("LCeq", level(summary.lceq)),
            ("LZeq", level(summary.lzeq)), ("LAE", level(summary.lae)),
            ("LAFmax", level(summary.lafMaximum)), ("LAFmin", level(summary.lafMinimum)),
            ("LASmax", level(summary.lasMaximum)), ("LCpeak", level(summary.lcPeak)),
            ("LZpeak", level(summary.lzPeak)), ("sample_peak", level(summary.samplePeakLevel)),
            ("LAF_end", level(isKnown ? Decibels.level(power: levels.fastEnd) : nil)),
            ("LAS_end", level(isKnown ? Decibels.level(power: levels.slowEnd) : nil)),
            (
                "Ln",
                .object(
                    percentages.map { percent in
                        let exceeded = levels.histogram.exceeded(percent: Double(percent))
                        return (key: String(percent), value: level(exceeded))
                    })
            ),
            ("series", series(levels)),
            ("bands_1_1", bands(Octave.bands, summary.octaveLevels)),
            ("bands_1_3", bands(ThirdOctave.bands, summary.thirdOctaveLevels)),
            (
                "flags",
                .object(
                    summary.flaggedSeconds.map {
                        (key: $0.flag, value: .boolean($0.seconds > 0))
                    })
            ),
        ]
    }

    /// For people: the main levels on one line, and remarks about them.
    static func text(_ levels: RecordingLevels) -> String {
        let (summary, scale) = (levels.summary, levels.scale)
        func level(_ relative: Double?) -> String {
            LevelText.level(relative.map { $0 + scale.fullScaleDecibels })
        }
        let percentiles = [10, 50, 90].map { percent in
            "L\(percent) \(level(levels.histogram.exceeded(percent: Double(percent))))"
        }
        let values = [
            "LAeq \(level(summary.laeq)) \(scale.state.unit)",
            "LAFmax \(level(summary.lafMaximum))", "LCpeak \(level(summary.lcPeak))",
        ]
        let flags = LevelText.flags(summary)
        let marks = flags.isEmpty ? [] : ["flags: \(flags)"]
        return (values + percentiles + [scale.state.rawValue] + marks).joined(separator: ", ")
            + "\n"
    }

    private static func series(_ levels: RecordingLevels) -> JSONValue {
        func list(_ values: [Double]) -> JSONValue { .array(values.map { number($0) }) }
        return .object([
            ("dt", .decimal(1, places: 1)), ("LAeq", list(levels.laeq)),
            ("LCeq", list(levels.lceq)), ("LZeq", list(levels.lzeq)),
            ("LAFmax", list(levels.lafMaximum)),
        ])
    }

    private static func number(_ level: Double?) -> JSONValue {
        level.map { .decimal($0, places: 3) } ?? .null
    }
}
