import LevelTypes
import SoundTypes
import TestSupport
import Testing

@testable import NoiseReports
@testable import Timekeeping

/// Days with one level per hour, in Berlin. Expected values are 10 lg of sums of powers, worked out
/// by hand next to each test.
@Suite struct NoiseReportTests {
    /// Levels by the hour of the wall clock: night 50, day 60, evening 55 dB.
    private static func usual(_ hour: Int) -> Double {
        switch hour {
        case 7..<19: 60
        case 19..<23: 55
        default: 50
        }
    }

    private func day(
        _ date: String, _ levels: [Double?], limits: DayLimits = .usual
    ) throws -> NoiseReport {
        let start = try utc(date)
        return NoiseReport(
            hours: hours(from: start, levels), period: CalendarPeriod(dayOf: start),
            limits: limits)
    }

    private func inBerlin(_ body: () throws -> Void) rethrows {
        try withTimeZone("Europe/Berlin", body)
    }

    /// (12 + 4 · 10^0.5 + 8 · 10) / 24 = 4.3604, which is 6.395 dB more than 60 dB.
    @Test func aConstantLevelHasItsLden() throws {
        try inBerlin {
            let report = try day("2026-11-22", [Double?](repeating: 60, count: 24))
            #expect(near(report.lden, 66.395))
            #expect(report.ldenLabel == "Lden,24h")
            #expect(near(report.total.summary.laeq, 60))
            #expect(report.total.coverage == 1)
            for part in DayPart.allCases { #expect(near(report.level(of: part), 60)) }
        }
    }

    /// 23 hours: the night has 7 of them, since the clock skips 02 to 03.
    /// LAeq = 10 lg((12 · 10^6 + 4 · 10^5.5 + 7 · 10^5) / 23); Lden is 60 dB, because each
    /// of 60, 55 + 5 and 50 + 10 is.
    @Test func theDayOfTheSpringChange() throws {
        try inBerlin {
            let wall = [0, 1] + Array(3..<24)
            let report = try day("2026-03-29", wall.map(Self.usual))
            #expect(report.period.seconds == 23 * 3_600)
            #expect(report.parts[.night]?.lengthSeconds == 25_200)
            #expect(near(report.level(of: .day), 60))
            #expect(near(report.level(of: .evening), 55))
            #expect(near(report.level(of: .night), 50))
            #expect(near(report.total.summary.laeq, 57.8331))
            #expect(near(report.lden, 60))
            #expect(report.ldenLabel == "Lden,24h")
            #expect(report.total.coverage == 1)
        }
    }

    /// 25 hours: the night has 9 of them. With 62 dB in the first hour from 02 and 56 dB in the
    /// second: Lnight = 10 lg((7 · 10^5 + 10^6.2 + 10^5.6) / 9).
    @Test func theDayOfTheAutumnChange() throws {
        try inBerlin {
            var levels = ([0, 1, 2, 2] + Array(3..<24)).map(Self.usual)
            (levels[2], levels[3]) = (62, 56)
            let report = try day("2026-10-25", levels)
            #expect(report.period.seconds == 25 * 3_600)
            #expect(report.parts[.night]?.lengthSeconds == 32_400)
            #expect(near(report.level(of: .night), Self.autumnNight))
            #expect(near(report.lden, Self.autumnLden))
            #expect(
                report.labels(report.hours)[1...4] == [
                    "01:00", "02:00 +02:00", "02:00 +01:00", "03:00",
                ]
            )
        }
    }

    private static let autumnNight = 54.7438
    private static let autumnLden = 62.2021

    /// Nothing is known about 10 to 11, and only half of 20 to 21 is known: Lday is that of 11
    /// hours, 10 lg((10 · 10^6 + 10^7) / 11), Levening that of 3.5,
    /// 10 lg((3 · 10^5.5 + 0.5 · 10^6.5) / 3.5).
    @Test func gapsAreNotSilence() throws {
        try inBerlin {
            var levels: [Double?] = (0..<24).map(Self.usual)
            levels[10] = nil
            levels[11] = 70
            let start = try utc("2026-11-22")
            var list = hours(from: start, levels)
            list[20] = steady(list[20].start, 3_600, 65, heard: 1_800)
            let report = NoiseReport(hours: list)
            #expect(near(report.level(of: .day), 62.5964))
            #expect(near(report.level(of: .evening), 58.5902))
            #expect(report.parts[.day]?.coverage == 11.0 / 12)
            #expect(report.parts[.evening]?.coverage == 3.5 / 4)
            #expect(near(report.total.coverage, 22.5 / 24, within: 1e-12))
        }
    }

    @Test func aTermOfTooLittleAudioSaysSo() throws {
        try inBerlin {
            var levels: [Double?] = (0..<24).map(Self.usual)
            for hour in 19..<21 { levels[hour] = nil }
            let report = try day("2026-11-22", levels)
            let rows = report.termTable.rows
            #expect(rows[0] == ["Lday", "07-19", "60.0", "100.0", ""])
            #expect(
                rows[1] == ["Levening", "19-23", "55.0", "50.0", "less than 75.0 % measured"])
            #expect(rows[3].last == "of one day, not of a year; a term has too little audio")
            for hour in 21..<23 { levels[hour] = nil }
            let none = try day("2026-11-22", levels)
            #expect(none.lden == nil)
            #expect(none.termTable.rows[1] == ["Levening", "19-23", "-", "0.0", "not measured"])
            #expect(none.termTable.rows[3].last == "not given: a term is missing")
        }
    }

    @Test func lessThanADayHasNoLden() throws {
        try inBerlin {
            let start = try utc("2026-11-22 06:00")
            let report = NoiseReport(hours: hours(from: start, [50, 60, 60]))
            #expect(report.lden == nil)
            #expect(near(report.level(of: .day), 60))
            #expect(report.level(of: .evening) == nil)
            #expect(report.termTable.rows[3].last == "not given for less than a day")
        }
    }

    /// The evening may be shorter and begin at another time (Directive 2002/49/EC, Annex I):
    /// (14 + 2 · 10^0.5 + 8 · 10) / 24 at a constant level.
    @Test func theLimitsOfTheDayCanBeOthers() throws {
        try inBerlin {
            let limits = try DayLimits(parsing: "6,20,22")
            let report = try day("2026-11-22", [Double?](repeating: 60, count: 24), limits: limits)
            #expect(near(report.lden, 66.2120))
            #expect(report.parts[.evening]?.lengthSeconds == 7_200)
            #expect(DayPart.allCases.map(limits.text) == ["06-20", "20-22", "22-06"])
        }
    }

    /// A night that begins at midnight, 0 or 24, is that of the same date.
    @Test(arguments: ["7,19,0", "7,19,24"]) func aNightMayBeginAtMidnight(_ text: String) throws {
        try inBerlin {
            let limits = try DayLimits(parsing: text)
            let levels = (0..<24).map { $0 < 7 ? 40.0 : 60 as Double? }
            let report = try day("2026-11-22", levels, limits: limits)
            #expect(DayPart.allCases.map(limits.text) == ["07-19", "19-24", "00-07"])
            #expect(near(report.level(of: .night), 40))
            #expect(near(report.level(of: .evening), 60))
            #expect(report.parts[.night]?.lengthSeconds == 25_200)
            #expect(DayPart.allCases.map(limits.hours) == [12, 5, 7])
        }
    }

    /// A chart has at most 750 pieces, however long the period is: from a day to a century.
    @Test(arguments: [86_400.0, 2_678_400, 69_120_000, 1_802_304_000, 3_155_760_000])
    func theHistoryIsBounded(_ seconds: Double) {
        #expect(seconds / Double(NoiseReport.historyStep(seconds: seconds)) <= 750)
    }

    @Test(arguments: [
        "", "7", "7,19", "7,19,23,24", "19,7,23", "7,7,23", "7,19,25", "7,0,23", "a,b,c", "-1,2,3",
    ])
    func limitsThatAreNoneAreRefused(_ text: String) {
        #expect(throws: DayLimitsError(text: text)) { try DayLimits(parsing: text) }
    }

    @Test func aPartOfADateHasNoLden() throws {
        try inBerlin {
            let start = try utc("2026-11-22 18:00")
            let report = NoiseReport(hours: hours(from: start, [Double?](repeating: 60, count: 30)))
            #expect(report.days.map(\.date) == ["2026-11-22", "2026-11-23"])
            #expect(report.days[0].lden == nil)
            #expect(near(report.days[1].lden, 66.395))
            #expect(report.ldenScope == "of 1.3 days, not of a year")
        }
    }

    @Test func severalDaysHaveALineEach() throws {
        try inBerlin {
            // Seven days with the autumn change: 169 hours.
            let monday = try utc("2026-10-19")
            let period = try #require(CalendarPeriod(weekOf: try utc("2026-10-25 12:00")))
            #expect(period.since == monday && period.seconds == 169 * 3_600)
            #expect(period.title == "Week 2026-10-19 to 2026-10-25")
            let report = NoiseReport(
                hours: hours(from: monday, [Double?](repeating: 60, count: 169)), period: period)
            #expect(report.ldenLabel == "Lden")
            #expect(report.ldenScope == "of 7 days, not of a year")
            #expect(near(report.lden, 66.395))
            #expect(report.days.count == 7)
            #expect(report.days[6].date == "2026-10-25")
            #expect(report.days[6].total.lengthSeconds == 25 * 3_600)
            #expect(report.days.allSatisfy { near($0.lden, 66.395) })
            #expect(report.zoneText.contains("UTC+02:00 at the beginning and UTC+01:00 at the end"))
        }
    }

    /// A quarter of the time at 70 dB, the rest at 50 dB: L10 is in the class of 70.0 to 70.1 dB.
    @Test func percentilesAndExceedancesComeFromTheHistogram() throws {
        try inBerlin {
            let start = try utc("2026-11-22 12:00")
            let report = NoiseReport(
                hours: hours(from: start, [70, 50, 50, 50]), thresholds: [50, 60, 70.1])
            #expect(near(report.total.exceeded(10), 70.06))
            #expect(near(report.total.exceeded(50), 50.0667))
            #expect(report.share(atOrAbove: 60) == 0.25)
            #expect(report.exceedanceTable.rows.map { $0[1] } == ["4 h 00 m", "1 h 00 m", "0.0 s"])
            #expect(report.exceedanceTable.rows.map { $0[2] } == ["100.0", "25.0", "0.0"])
        }
    }

    /// Levels without a scale and sound pressure levels do not add up.
    @Test func uncalibratedAudioIsLeftOutOfSoundPressureLevels() throws {
        try inBerlin {
            let start = try utc("2026-11-22 12:00")
            let relative = steady(start, 3_600, -30, state: .uncalibrated)
            let absolute = steady(start.adding(seconds: 3_600), 3_600, 60, state: .indicative)
            let report = NoiseReport(hours: [relative, absolute])
            #expect(near(report.total.summary.laeq, 60))
            #expect(report.total.state == .indicative)
            #expect(report.total.leftOutSeconds == 3_600)
            #expect(report.total.coverage == 0.5)
            #expect(report.hourTable.rows[0].last == "uncalibrated")
            #expect(report.unit == "dB(A)")
            let uncalibrated = NoiseReport(hours: [relative])
            #expect(near(uncalibrated.total.summary.laeq, -30))
            #expect(uncalibrated.unit == "dB re FS")
            #expect(uncalibrated.thresholds == [-60, -50, -40, -30, -20, -10])
            #expect(uncalibrated.calibration.sentences[0].contains("They are not sound pressure"))
        }
    }

    @Test func aDriftPutsLevelsInDoubt() throws {
        try inBerlin {
            let start = try utc("2026-11-22")
            func calibration(_ time: String, _ before: Double?, _ after: Double) throws
                -> Calibration
            {
                Calibration(
                    source: "mic", input: "hw:1", time: try utc(time), note: "",
                    calibratorLevel: 94,
                    calibratorFrequency: 1_000, measuredFrequency: 1_000, spread: 0.02,
                    before: before, after: after)
            }
            let calibrations = try [
                calibration("2026-10-01 09:00", 120, 120),
                calibration("2026-11-01 09:00", 120, 120.3),
                calibration("2026-12-01 09:00", 120.3, 121),
                calibration("2026-12-24 09:00", 121, 125),
            ]
            let report = NoiseReport(hours: hours(from: start, [60])) {
                $0.calibrations = calibrations
            }
            #expect(report.calibration.history == Array(calibrations[1...2]))
            #expect(report.calibration.short == "Calibrated, in doubt after a drift")
            #expect(
                report.calibration.doubts == [
                    "The calibration of 2026-12-01 09:00:00 found that levels were 0.70 dB too "
                        + "low, more than 0.5 dB: what was measured from 2026-11-01 09:00:00 to "
                        + "then is in doubt (ISO 1996-2:2017, 5.2)."
                ])
            let good = NoiseReport(hours: hours(from: start, [60])) {
                $0.calibrations = Array(calibrations.prefix(2))
            }
            #expect(good.calibration.short == "Calibrated")
            // Another microphone was used for some weeks: the first one is still in doubt.
            var elsewhere = try calibration("2026-11-25 09:00", nil, 110)
            elsewhere.input = "hw:2"
            let both = NoiseReport(hours: hours(from: start, [60])) {
                $0.calibrations = calibrations + [elsewhere]
            }
            #expect(both.calibration.doubts == report.calibration.doubts)
            #expect(
                both.calibration.history == [calibrations[1], elsewhere, calibrations[2]])
        }
    }

    @Test(
        arguments: [
            ([:], nil),
            ([nil: 3_600], "No microphone correction was applied."),
            (["umik\u{202E}": 3_600], "Microphone correction: \"umik?\"."),
            (
                ["umik": 3_000, nil: 600],
                "Microphone correction: 50 m 00 s with \"umik\", 10 m 00 s without."
            ),
        ] as [([String?: Double], String?)])
    func theCorrectionIsSaid(_ corrections: [String?: Double], _ sentence: String?) {
        let report = NoiseReport(hours: hours(from: UTCTime(microseconds: 0), [60])) {
            for (name, seconds) in corrections {
                let scale = LevelScale(
                    fullScaleDecibels: 120, state: .calibrated, correction: name)
                $0.scales[scale] = seconds
            }
            // Left out, so not counted.
            $0.scales[.relative] = 60
        }
        #expect(report.calibration.sentences.first { $0.contains("correction") } == sentence)
    }

    /// The clock was set back by an hour: what came twice does not make up for what is missing.
    @Test func coverageCountsNoSecondTwice() {
        let start = UTCTime(microseconds: 0)
        let twice = steady(start, 3_600, 60, heard: 7_200)
        let report = NoiseReport(hours: [twice] + hours(from: twice.end, [nil, 60]))
        #expect(near(report.total.coverage, 2.0 / 3))
        #expect(report.total.summary.seconds == 10_800)
    }

    @Test func whatIsMissingIsListedOnce() throws {
        let start = UTCTime(microseconds: 0)
        func stretch(_ from: Double, _ to: Double, _ cause: GapCause? = nil) -> MissingAudio {
            MissingAudio(
                start: start.adding(seconds: from), end: start.adding(seconds: to), cause: cause)
        }
        let gaps = [(590.0, 900.0), (-5, 3), (2_000, 2_001)].map { from, to in
            AudioGap(
                source: "mic", start: start.adding(seconds: from), end: start.adding(seconds: to),
                lostSamples: 0, cause: .disconnected)
        }
        let unheard = [stretch(600, 1_200), stretch(1_800, 1_860), stretch(3_540, 3_660)]
        let list = MissingAudio.list(
            gaps: gaps, unheard: unheard, since: start, until: start.adding(seconds: 3_600))
        #expect(
            list == [
                stretch(0, 3, .disconnected), stretch(590, 900, .disconnected),
                stretch(900, 1_200), stretch(1_800, 1_860), stretch(2_000, 2_001, .disconnected),
                stretch(3_540, 3_600),
            ])
    }

    @Test func minutesAreScanned() {
        let start = UTCTime(microseconds: 0)
        var scan = MinuteScan(absolute: true)
        for minute in 0..<30 {
            let begin = start.adding(seconds: Double(minute) * 60)
            let period =
                switch minute {
                case 4, 5: LevelPeriod(start: begin, end: begin.adding(seconds: 60))
                // The loudest of all, about which too little is known.
                case 6: steady(begin, 60, 99, heard: 30)
                case 7: steady(begin, 60, 98, state: .uncalibrated)
                default: steady(begin, 60, 40 + Double(minute))
                }
            scan.add([period])
        }
        #expect(
            scan.unheard == [
                MissingAudio(start: start.adding(seconds: 240), end: start.adding(seconds: 360))
            ])
        let expected = (20..<30).reversed().map { start.adding(seconds: Double($0) * 60) }
        #expect(scan.loudest.map(\.start) == expected)
    }

    @Test func eventsAreCounted() {
        let start = UTCTime(microseconds: 0)
        func event(
            _ id: Int64, _ label: String, _ from: Double, _ to: Double, part: Int = 1,
            level: Double? = nil, state: CalibrationState = .calibrated
        ) -> SoundEvent {
            SoundEvent(
                id: id, part: part, source: "mic", label: label, onset: start.adding(seconds: from),
                heardUntil: start.adding(seconds: to), peakConfidence: 1, meanConfidence: 1,
                status: .complete,
                levels: level.map {
                    EventLevels(
                        seconds: to - from, exposureA: 1, fastMaximum: 1, background: nil,
                        scale: LevelScale(fullScaleDecibels: $0, state: state))
                })
        }
        let events = [
            event(1, "dog", -10, 5, level: 60), event(2, "dog", 50, 60, level: 71.5),
            event(3, "dog", 70, 71, level: 99, state: .uncalibrated),
            event(4, "rain", 90, 100), event(4, "rain", 100, 130, part: 2),
        ]
        let tallies = EventTally.list(
            events, since: start, until: start.adding(seconds: 120), absolute: true)
        #expect(
            tallies == [
                EventTally(label: "dog", count: 3, seconds: 16, lafMaximum: 71.5),
                EventTally(label: "rain", count: 1, seconds: 30, lafMaximum: nil),
            ])
    }
}
