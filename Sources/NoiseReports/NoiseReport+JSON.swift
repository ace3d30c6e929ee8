internal import Formats
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

extension NoiseReport {
    /// The hours, with the fields of `monitorctl levels`.
    var csv: String {
        CSVText.line(LevelFields.names)
            + listedHours.map {
                CSVText.line(LevelFields.values($0, source: source))
            }.joined()
    }

    /// All figures as one object, one member per line. The names are a promise.
    var json: String {
        let members: [(key: String, value: JSONValue)] = [
            ("source", .string(source)), ("kind", .string(period.kind.rawValue)),
            ("since", .string(period.since.rfc3339)), ("until", .string(period.until.rfc3339)),
            ("generated", .string(generated.rfc3339)), ("calibration", calibrationObject),
            ("coverage", coverageObject), ("levels", levelsObject), ("terms", termsObject),
            ("days", .array(days.map(object))),
            ("hours", periods(listedHours, bands: true)),
            ("loudest_minutes", periods(loudestMinutes)),
            ("exceedances", .array(thresholds.map(exceedance))),
            ("events", .array(tallies.map(object))), ("loud_events", .integer(Int64(loudEvents))),
        ]
        return "{\n"
            + members.map { JSONValue.member($0.key, $0.value) }.joined(separator: ",\n") + "\n}\n"
    }

    private var calibrationObject: JSONValue {
        .object([
            ("state", calibration.state.map { .string($0.rawValue) } ?? .null),
            ("unit", calibration.state.map { .string($0.unit) } ?? .null),
            ("statement", .string(calibration.sentences.joined(separator: " "))),
            ("doubts", .array(calibration.doubts.map(JSONValue.string))),
            ("scales", .array(calibration.scales.map(object))),
            ("history", .array(calibration.history.map(object))),
        ])
    }

    private func object(_ scale: LevelScale, seconds: Double) -> JSONValue {
        .object([
            ("state", .string(scale.state.rawValue)),
            (
                "full_scale_db",
                scale.state == .uncalibrated
                    ? .null : .decimal(scale.fullScaleDecibels, places: 2)
            ),
            ("correction", scale.correction.map(JSONValue.string) ?? .null),
            ("measured_s", .decimal(seconds, places: 1)),
        ])
    }

    private func object(_ calibration: Calibration) -> JSONValue {
        .object([
            ("time", .string(calibration.time.rfc3339)), ("note", .string(calibration.note)),
            ("calibrator_level", .decimal(calibration.calibratorLevel, places: 2)),
            ("calibrator_frequency", .decimal(calibration.calibratorFrequency, places: 1)),
            ("full_scale_db_before", LevelFields.level(calibration.before)),
            ("full_scale_db_after", LevelFields.level(calibration.after)),
            ("drift", LevelFields.level(calibration.drift)),
        ])
    }

    private var coverageObject: JSONValue {
        .object([
            ("percent", LevelFields.coverage(total.coverage)),
            ("measured_s", .decimal(total.summary.seconds, places: 1)),
            ("length_s", .decimal(total.lengthSeconds, places: 1)),
            ("left_out_s", .decimal(total.leftOutSeconds, places: 1)),
            ("overload_s", .decimal(total.summary.overloadSeconds, places: 1)),
            ("underrange_s", .decimal(total.summary.underrangeSeconds, places: 1)),
            ("stuck_s", .decimal(total.summary.stuckSeconds, places: 1)),
            ("missing", .array(missing.map(object))),
            ("unrecognised_s", .decimal(omittedSeconds[.unrecognised] ?? 0, places: 1)),
            ("without_bands_s", .decimal(omittedSeconds[.withoutBands] ?? 0, places: 1)),
        ])
    }

    private func object(_ stretch: MissingAudio) -> JSONValue {
        .object([
            ("start", .string(stretch.start.rfc3339)), ("end", .string(stretch.end.rfc3339)),
            ("duration_s", .decimal(stretch.seconds, places: 3)),
            ("cause", .string(stretch.causeName)),
        ])
    }

    private var levelsObject: JSONValue {
        let summary = total.summary
        return .object([
            ("LAeq", LevelFields.level(summary.laeq)), ("LCeq", LevelFields.level(summary.lceq)),
            ("LZeq", LevelFields.level(summary.lzeq)), ("LAE", LevelFields.level(summary.lae)),
            ("LAFmax", LevelFields.level(summary.lafMaximum)),
            ("LAFmax_time", loudestSecond.map { .string($0.rfc3339) } ?? .null),
            ("LAFmin", LevelFields.level(summary.lafMinimum)),
            ("LCpeak", LevelFields.level(summary.lcPeak)),
            (
                "Ln",
                .object(
                    Self.percentiles.map {
                        ("\(Int($0))", LevelFields.level(total.exceeded($0)))
                    })
            ),
            ("bands_1_3", LevelFields.bandObject(summary)),
        ])
    }

    private var termsObject: JSONValue {
        let terms = DayPart.allCases.map { part in
            (key: part.symbol, value: term(part))
        }
        return .object(
            terms + [
                (
                    "Lden",
                    .object([
                        ("label", .string(ldenLabel)), ("level", LevelFields.level(lden)),
                        ("days", .decimal(period.days, places: 3)),
                    ])
                )
            ])
    }

    private func term(_ part: DayPart) -> JSONValue {
        .object([
            ("hours", .string(limits.text(of: part))),
            ("level", LevelFields.level(level(of: part))),
            ("coverage_percent", LevelFields.coverage(parts[part]?.coverage ?? 0)),
            ("measured_s", .decimal(parts[part]?.summary.seconds ?? 0, places: 1)),
        ])
    }

    private func object(_ day: ReportDay) -> JSONValue {
        .object(
            [("date", .string(day.date)), ("LAeq", LevelFields.level(day.total.summary.laeq))]
                + DayPart.allCases.map { part in
                    (part.symbol, LevelFields.level(day.parts[part]?.summary.laeq))
                } + [
                    ("Lden,24h", LevelFields.level(day.lden)),
                    ("LAFmax", LevelFields.level(day.total.summary.lafMaximum)),
                    ("coverage_percent", LevelFields.coverage(day.total.coverage)),
                ])
    }

    private func periods(_ periods: [LevelPeriod], bands: Bool = false) -> JSONValue {
        .array(
            periods.map {
                .object(LevelFields.members($0, source: source, bands: bands))
            })
    }

    private func exceedance(_ threshold: Double) -> JSONValue {
        let share = share(atOrAbove: threshold)
        return .object([
            ("threshold", .decimal(threshold, places: 1)),
            ("percent", share.map { .decimal($0 * 100, places: 2) } ?? .null),
            ("duration_s", share.map { .decimal($0 * total.summary.seconds, places: 1) } ?? .null),
        ])
    }

    private func object(_ tally: EventTally) -> JSONValue {
        .object([
            ("label", .string(tally.label)), ("count", .integer(Int64(tally.count))),
            ("duration_s", .decimal(tally.seconds, places: 3)),
            ("LAFmax", LevelFields.level(tally.lafMaximum)),
        ])
    }
}
