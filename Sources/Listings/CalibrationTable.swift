internal import Formats
internal import HostSystem
public import LevelTypes
internal import Timekeeping

/// The calibration history, for people and for programs.
public enum CalibrationTable {
    /// Aligned columns; times are local.
    public static func text(_ calibrations: [Calibration]) -> String {
        let rows = calibrations.map(cells)
        let table = TextTable(columns, fitting: rows)
        return table.header + rows.map(table.line).joined()
    }

    /// One JSON array, one object per line. Levels are in dB, frequencies in Hz.
    public static func json(_ calibrations: [Calibration]) -> String {
        JSONValue.lines(calibrations.map { JSONValue.object(members($0)).text })
    }

    private static let columns = [
        TextTable.Column(title: "TIME"),
        TextTable.Column(title: "SOURCE"),
        TextTable.Column(title: "INPUT"),
        TextTable.Column(title: "CALIBRATOR", alignment: .right),
        TextTable.Column(title: "MEASURED", alignment: .right),
        TextTable.Column(title: "SPREAD", alignment: .right),
        TextTable.Column(title: "BEFORE", alignment: .right),
        TextTable.Column(title: "AFTER", alignment: .right),
        TextTable.Column(title: "DRIFT", alignment: .right),
        TextTable.Column(title: "NOTE"),
    ]

    private static func cells(_ calibration: Calibration) -> [String] {
        let calibrator =
            number(calibration.calibratorLevel, 1) + " dB "
            + number(calibration.calibratorFrequency, 0) + " Hz"
        return [
            calibration.time.localDescription,
            printable(calibration.source),
            printable(calibration.input),
            calibrator,
            number(calibration.measuredFrequency, 1) + " Hz",
            number(calibration.spread, 2),
            calibration.before.map { number($0, 2) } ?? "-",
            number(calibration.after, 2),
            calibration.drift.map { signed($0, places: 2) } ?? "-",
            printable(calibration.note),
        ]
    }

    private static func members(_ calibration: Calibration) -> [(key: String, value: JSONValue)] {
        let decibels = { (value: Double?) -> JSONValue in
            value.map { .decimal($0, places: 3) } ?? .null
        }
        return [
            ("id", .integer(calibration.id)), ("source", .string(calibration.source)),
            ("input", .string(calibration.input)), ("time", .string(calibration.time.rfc3339)),
            ("note", .string(calibration.note)),
            ("calibrator_level", decibels(calibration.calibratorLevel)),
            ("calibrator_frequency", decibels(calibration.calibratorFrequency)),
            ("measured_frequency", decibels(calibration.measuredFrequency)),
            ("spread", decibels(calibration.spread)), ("before", decibels(calibration.before)),
            ("after", decibels(calibration.after)), ("drift", decibels(calibration.drift)),
        ]
    }

    private static func number(_ value: Double, _ places: Int) -> String {
        fixedPoint(value, places: places) ?? "-"
    }
}
