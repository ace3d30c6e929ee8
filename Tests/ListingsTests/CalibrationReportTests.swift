import LevelTypes
import Listings
import SoundLevels
import TestSupport
import Testing
import Timekeeping

/// What calibrations say to people and programs, word for word.
@Suite struct CalibrationReportTests {
    private static let first = Calibration(
        id: 1, source: "yard", input: "alsa:hw:1,0",
        time: UTCTime(microseconds: 1_790_000_000_000_000),
        note: "spring, \"cal\" 4231\u{1B}", calibratorLevel: 94, calibratorFrequency: 1_000,
        measuredFrequency: 1_000.016, spread: 0.0149, before: nil, after: 117.0103)
    private static let second = Calibration(
        id: 2, source: "yard", input: "alsa:hw:1,0",
        time: UTCTime(microseconds: 1_795_000_000_000_000),
        note: "", calibratorLevel: 113.85, calibratorFrequency: 250, measuredFrequency: 249.5,
        spread: 0.1, before: 117.0103, after: 116.4)

    private func report(
        _ calibration: Calibration, last: Calibration?, scale: LevelScale = .relative,
        input: String = "alsa:hw:1,0"
    ) -> String {
        CalibrationReport(
            calibration: calibration, input: input,
            measurement: CalibratorMeasurement(
                seconds: 9, frequencyHertz: 1_000.016, toneLevel: -23.0103, residual: -61.23,
                spread: 0.0149, fullScaleDecibels: calibration.after),
            last: last, scale: scale
        ).text
    }

    @Test func theFirstCalibration() {
        let text = report(Self.first, last: nil)
        #expect(
            text == """
                source       yard, alsa:hw:1,0
                measured     alsa:hw:1,0, 9.0 s
                correction   none
                calibrator   94.00 dB
                tone         1000.02 Hz, -23.01 dB re full scale
                spread       0.01 dB
                residual     -61.2 dB
                full scale   117.01 dB
                before       not calibrated

                """)
    }

    @Test func anIndicativeLevelIsCompared() {
        let scale = LevelScale(
            fullScaleDecibels: 120, state: .indicative, correction: "umik.txt")
        let text = report(Self.first, last: nil, scale: scale)
        #expect(text.contains("correction   umik.txt\n"))
        #expect(
            text.hasSuffix(
                "before       120.00 dB, indicative; the difference is +2.99 dB\n"))
    }

    @Test func smallDrift() {
        var calibration = Self.second
        calibration.after = 117.51
        let text = withTimeZone("Europe/Berlin") {
            report(calibration, last: Self.first, input: "file:cal.wav")
        }
        #expect(text.contains("measured     file:cal.wav, 9.0 s\n"))
        #expect(
            text.hasSuffix(
                """
                before       117.01 dB, calibrated 2026-09-21 16:13:20
                drift        -0.50 dB, within 0.5 dB

                """))
    }

    /// The drift in either direction, and the period it puts in doubt.
    @Test(arguments: [(116.4, "+0.61"), (117.52, "-0.51")])
    func largeDrift(after: Double, drift: String) {
        var calibration = Self.second
        calibration.after = after
        let text = withTimeZone("Europe/Berlin") { report(calibration, last: Self.first) }
        #expect(
            text.hasSuffix(
                """
                drift        \(drift) dB
                THE DRIFT EXCEEDS 0.5 dB. The levels of yard are in doubt
                from 2026-09-21 16:13:20 to 2026-11-18 12:06:40.
                ISO 1996-2:2017, 5.2, discards what was measured since the last good check.

                """))
    }

    @Test func theHistoryAsATable() {
        let text = withTimeZone("Europe/Berlin") {
            CalibrationTable.text([Self.first, Self.second])
        }
        let lines = [
            "TIME                 SOURCE  INPUT             CALIBRATOR   MEASURED  SPREAD  BEFORE"
                + "   AFTER  DRIFT  NOTE",
            "2026-09-21 16:13:20  yard    alsa:hw:1,0  94.0 dB 1000 Hz  1000.0 Hz    0.01       -"
                + "  117.01      -  spring, \"cal\" 4231?",
            "2026-11-18 12:06:40  yard    alsa:hw:1,0  113.9 dB 250 Hz   249.5 Hz    0.10  117.01"
                + "  116.40  +0.61",
        ]
        #expect(text == lines.joined(separator: "\n") + "\n")
    }

    @Test func theHistoryAsJSON() {
        let text = withTimeZone("Europe/Berlin") { CalibrationTable.json([Self.first]) }
        #expect(
            text == """
                [
                {"id":1,"source":"yard","input":"alsa:hw:1,0",\
                "time":"2026-09-21T16:13:20.000+02:00","note":"spring, \\"cal\\" 4231\\u001b",\
                "calibrator_level":94.000,"calibrator_frequency":1000.000,\
                "measured_frequency":1000.016,"spread":0.015,"before":null,"after":117.010,\
                "drift":null}
                ]

                """)
        #expect(CalibrationTable.json([]) == "[]\n")
    }
}
