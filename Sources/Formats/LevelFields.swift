package import LevelTypes
internal import Timekeeping

/// The fields of a period of levels as programs read them, in order. The names are a promise:
/// scripts depend on them.
package enum LevelFields {
    package static let names = [
        "source", "start", "end", "LAeq", "LAFmax", "LCpeak", "L10", "L50", "L90",
        "coverage_percent", "overload_s", "underrange_s", "stuck_s", "left_out_s", "calibration",
    ]

    /// The names of the third-octave bands in CSV, after the others.
    package static let bandNames = ThirdOctave.bands.map { "Leq_\($0.name)_Hz" }

    /// One value per name. Levels in dB; null where nothing is known, and for digital silence.
    package static func values(_ period: LevelPeriod, source: String) -> [JSONValue] {
        let summary = period.summary
        return [
            .string(source), .string(period.start.rfc3339), .string(period.end.rfc3339),
            level(summary.laeq), level(summary.lafMaximum), level(summary.lcPeak),
            level(period.histogram.exceeded(percent: 10)),
            level(period.histogram.exceeded(percent: 50)),
            level(period.histogram.exceeded(percent: 90)), coverage(period.coverage),
            .decimal(summary.overloadSeconds, places: 1),
            .decimal(summary.underrangeSeconds, places: 1),
            .decimal(summary.stuckSeconds, places: 1),
            .decimal(period.leftOutSeconds, places: 1),
            period.state.map { .string($0.rawValue) } ?? .null,
        ]
    }

    /// One value per third-octave band; null for those that were not measured.
    package static func bandValues(_ summary: LevelSummary) -> [JSONValue] {
        let levels = summary.thirdOctaveLevels
        return ThirdOctave.bands.indices.map { $0 < levels.count ? level(levels[$0]) : .null }
    }

    /// The members of an object; the bands are in their own object, with nominal frequencies as
    /// keys.
    package static func members(
        _ period: LevelPeriod, source: String, bands: Bool = false
    ) -> [(key: String, value: JSONValue)] {
        let fields = zip(names, values(period, source: source)).map { (key: $0, value: $1) }
        return bands ? fields + [("bands_1_3", bandObject(period.summary))] : fields
    }

    package static func bandObject(_ summary: LevelSummary) -> JSONValue {
        .object(
            zip(ThirdOctave.bands, bandValues(summary)).map { (key: $0.name, value: $1) })
    }

    package static func level(_ level: Double?) -> JSONValue {
        level.map { .decimal($0, places: 2) } ?? .null
    }

    /// Percent, rounded down to a hundredth.
    package static func coverage(_ share: Double) -> JSONValue {
        .decimal((share * 10_000 + 1e-6).rounded(.down) / 100, places: 2)
    }
}
