import Foundation
import LevelTypes
import Listings
import SoundTypes
import TestSupport
import Testing
import Timekeeping
import Tracking

private let events = [
    SoundEvent(
        id: 41, source: "mic", label: "dog", onset: evening.adding(seconds: 0.25),
        heardUntil: evening.adding(seconds: 1.7304), peakConfidence: 0.91239,
        meanConfidence: 0.7, status: .complete),
    SoundEvent(
        id: 42, part: 2, source: "garden", label: "smoke_alarm",
        onset: evening.adding(seconds: 30), heardUntil: evening.adding(seconds: 4_000),
        peakConfidence: 1, meanConfidence: 0.99996, status: .interrupted),
    SoundEvent(
        id: 43, source: "mic", label: "speech", onset: evening.adding(seconds: 65),
        heardUntil: evening.adding(seconds: 130), peakConfidence: 0, meanConfidence: 0,
        status: .open),
]

/// The fields of an event without levels.
private let noLevels =
    #""laeq":null,"lafmax":null,"lae":null,"background":null,"rise":null,"calibration":null,"#
    + #""mark":null,"marked_label":null"#

/// An event of 2 s with an exposure of 2e-6 s and a highest power of 1e-5 re full scale, so -60 dB
/// and -50 dB: 60 and 70 dB with 120 dB at full scale, and 25 dB above a background of 45 dB.
private func loud(_ state: CalibrationState?) -> SoundEvent {
    var event = events[0]
    event.levels = state.map { state in
        EventLevels(
            seconds: 2, exposureA: 2e-6, fastMaximum: 1e-5,
            background: state == .indicative ? nil : 3.1623e-8,
            scale: LevelScale(
                fullScaleDecibels: state == .uncalibrated ? 0 : 120, state: state))
    }
    return event
}

/// Text that every format has to escape.
private let odd = SoundEvent(
    id: 1, source: "a,\"b\"", label: "line\r\nbreak\u{1B}\t\\ \u{1F514}", onset: evening,
    heardUntil: evening, peakConfidence: 0.5, meanConfidence: 0.5, status: .complete)

private func berlin(_ format: EventFormat, _ events: [SoundEvent]) -> String {
    withTimeZone("Europe/Berlin") { format.document(events) }
}

@Suite struct EventFormatTests {
    @Test func theTableIsAligned() {
        #expect(
            berlin(.table, events) == """
                ONSET                DURATION  LABEL        CONFIDENCE  STATUS       SOURCE    ID
                2026-11-22 18:00:00     1.5 s  dog                0.91  complete     mic       41
                2026-11-22 18:00:30  1 h 06 m  smoke_alarm        1.00  interrupted  garden  42.2
                2026-11-22 18:01:05  1 m 05 s  speech             0.00  open         mic       43

                """)
        #expect(
            berlin(.table, []) == "ONSET  DURATION  LABEL  CONFIDENCE  STATUS  SOURCE  ID\n")
    }

    @Test func jsonIsAnArrayWithItsKeysInOrder() {
        #expect(
            berlin(.json, events) == """
                [
                {"id":41,"source":"mic","label":"dog","onset":"2026-11-22T18:00:00.250+01:00",\
                "offset":"2026-11-22T18:00:01.730+01:00","duration_s":1.480,"confidence":0.9124,\
                "mean_confidence":0.7000,"status":"complete","part":1,\(noLevels)},
                {"id":42,"source":"garden","label":"smoke_alarm",\
                "onset":"2026-11-22T18:00:30.000+01:00",\
                "offset":"2026-11-22T19:06:40.000+01:00","duration_s":3970.000,\
                "confidence":1.0000,"mean_confidence":1.0000,"status":"interrupted","part":2,\
                \(noLevels)},
                {"id":43,"source":"mic","label":"speech",\
                "onset":"2026-11-22T18:01:05.000+01:00","offset":null,"duration_s":65.000,\
                "confidence":0.0000,"mean_confidence":0.0000,"status":"open","part":1,\(noLevels)}
                ]

                """)
        #expect(berlin(.json, []) == "[]\n")
    }

    @Test func jsonLinesAreTheElementsOfTheArray() {
        let lines = berlin(.jsonl, events)
        let array = "[\n" + lines.dropLast().replacingOccurrences(of: "\n", with: ",\n") + "\n]\n"
        #expect(array == berlin(.json, events))
        #expect(lines.hasSuffix("\n"))
        #expect(berlin(.jsonl, []) == "")
    }

    @Test func csvFollowsRFC4180() {
        let lines: [String] = [
            """
            id,source,label,onset,offset,duration_s,confidence,mean_confidence,status,\
            part,laeq,lafmax,lae,background,rise,calibration,mark,marked_label
            """,
            """
            41,mic,dog,2026-11-22T18:00:00.250+01:00,2026-11-22T18:00:01.730+01:00,1.480,\
            0.9124,0.7000,complete,1,,,,,,,,
            """,
            """
            43,mic,speech,2026-11-22T18:01:05.000+01:00,,65.000,0.0000,0.0000,open,1,,,,\
            ,,,,
            """,
            "",
        ]
        #expect(berlin(.csv, [events[0], events[2]]) == lines.joined(separator: "\r\n"))
    }

    @Test func marksAreShown() {
        var marked = [events[0], events[0], events[0]]
        marked[0].mark = EventMark(verdict: .right)
        marked[1].mark = EventMark(verdict: .wrong)
        marked[2].mark = EventMark(verdict: .wrong, label: "door\nbell")
        let lines = berlin(.table, marked).split(separator: "\n")
        #expect(lines[1].contains("  dog ✓           "))
        #expect(lines[2].contains("  dog ✗           "))
        #expect(lines[3].contains("  dog ✗ door?bell  "))
        #expect(berlin(.csv, [marked[0]]).hasSuffix(",right,\r\n"))
        #expect(berlin(.csv, [marked[2]]).hasSuffix(",wrong,\"door\nbell\"\r\n"))
    }

    @Test func theTableHasLevelsWhenAnEventHas() {
        #expect(
            berlin(.table, [.calibrated, .indicative, .uncalibrated, nil].map(loud)) == """
                ONSET                DURATION  LABEL  CONFIDENCE    LAFmax  RISE  STATUS    SOURCE  ID
                2026-11-22 18:00:00     1.5 s  dog          0.91      70.0  25.0  complete  mic     41
                2026-11-22 18:00:00     1.5 s  dog          0.91     ~70.0     -  complete  mic     41
                2026-11-22 18:00:00     1.5 s  dog          0.91  -50.0 FS  25.0  complete  mic     41
                2026-11-22 18:00:00     1.5 s  dog          0.91         -     -  complete  mic     41

                """)
    }

    @Test func levelsAreFieldsToo() {
        let ends = [CalibrationState.calibrated, .indicative, .uncalibrated].map { state in
            berlin(.jsonl, [loud(state)]).components(separatedBy: #""part":1,"#).last
        }
        #expect(
            ends == [
                #""laeq":60.00,"lafmax":70.00,"lae":63.01,"background":45.00,"rise":25.00,"#
                    + #""calibration":"calibrated","mark":null,"marked_label":null}"# + "\n",
                #""laeq":60.00,"lafmax":70.00,"lae":63.01,"background":null,"rise":null,"#
                    + #""calibration":"indicative","mark":null,"marked_label":null}"# + "\n",
                #""laeq":-60.00,"lafmax":-50.00,"lae":-56.99,"background":-75.00,"rise":25.00,"#
                    + #""calibration":"uncalibrated","mark":null,"marked_label":null}"# + "\n",
            ])
        #expect(
            berlin(.csv, [loud(.calibrated)]).hasSuffix(
                ",1,60.00,70.00,63.01,45.00,25.00,calibrated,,\r\n"))
    }

    @Test func oddTextIsEscaped() throws {
        #expect(
            berlin(.csv, [odd]).contains(
                "1,\"a,\"\"b\"\"\",\"line\r\nbreak?\t\\ \u{1F514}\","))
        #expect(berlin(.table, [odd]).contains("line??break??\\ \u{1F514}"))
        let line = berlin(.jsonl, [odd])
        #expect(line.contains("\"a,\\\"b\\\"\""))
        #expect(line.contains("\"line\\r\\nbreak\\u001b\\t\\\\ \u{1F514}\""))
        // An independent reader gets the text back.
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let fields = try #require(object as? [String: Any])
        #expect(fields["label"] as? String == odd.label)
        #expect(fields["source"] as? String == odd.source)
        #expect(fields.count == 18)
    }

    /// What a spreadsheet would compute is a text; what is a number stays one.
    @Test(arguments: ["=1+2", "+1", "-1", "@a", "\tx"]) func aFormulaIsAText(_ name: String) {
        var formula = odd
        (formula.source, formula.label) = (name, name)
        formula.levels = EventLevels(
            seconds: 1, exposureA: 1e-3, fastMaximum: 1e-3, background: nil, scale: .relative)
        let row = berlin(.csv, [formula])
        #expect(row.contains("1,'\(name),'\(name),2026"), "\(row)")
        #expect(row.contains(",-30.00,"), "\(row)")
    }

    /// Some terminals obey C1 controls, too; a reader of the JSON gets the text back.
    @Test func controlsAreEscapedInJSON() throws {
        var odd = odd
        odd.label = "a\u{7F}\u{9B}2J\u{202E}\u{2028}é"
        let line = berlin(.jsonl, [odd])
        #expect(line.contains(#""label":"a\u007f\u009b2J\u202e\u2028é""#), "\(line)")
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        #expect((object as? [String: Any])?["label"] as? String == odd.label)
    }

    @Test func aStreamBeginsWithItsHeaderAndGoesOn() {
        withTimeZone("Europe/Berlin") {
            for format in [EventFormat.csv, .jsonl] {
                let parts = format.streamHeader() + events.map { format.stream([$0]) }.joined()
                #expect(parts == format.document(events))
            }
            #expect(
                EventFormat.table.streamHeader() + EventFormat.table.stream([events[1]]) == """
                    ONSET                   DURATION  LABEL                 CONFIDENCE    LAFmax   \
                    RISE  STATUS       SOURCE            ID
                    2026-11-22 18:00:30     1 h 06 m  smoke_alarm                 1.00         -   \
                       -  interrupted  garden          42.2

                    """)
        }
    }

    /// The least important columns go first; what is not a terminal gets them all.
    @Test func aNarrowTerminalGetsFewerColumns() {
        withTimeZone("Europe/Berlin") { checkColumns() }
    }

    private func checkColumns() {
        let wide = EventFormat.table.document([loud(.calibrated)])
        for (room, columns) in [
            (120, ["ONSET", "DURATION", "LABEL", "CONFIDENCE", "LAFmax", "RISE", "STATUS"]),
            (80, ["ONSET", "DURATION", "LABEL", "CONFIDENCE", "LAFmax", "RISE", "STATUS"]),
            (60, ["ONSET", "DURATION", "LABEL", "CONFIDENCE", "LAFmax"]),
            (10, ["ONSET", "DURATION", "LABEL", "CONFIDENCE", "LAFmax"]),
        ] {
            let lines = EventFormat.table.document([loud(.calibrated)], within: room)
                .split(separator: "\n")
            let source = room == 120 ? ["SOURCE"] : []
            #expect(lines[0].split(separator: " ").map(String.init) == columns + source + ["ID"])
            #expect(room < 60 || lines.allSatisfy { $0.count <= room }, "\(room)")
            if room == 120 { #expect(lines.joined(separator: "\n") + "\n" == wide) }
        }
        let stream =
            EventFormat.table.streamHeader(within: 80)
            + EventFormat.table.stream(events + [loud(.uncalibrated)], within: 80)
        #expect(stream.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(stream)")
    }

    @Test(arguments: [
        (0.0, "0.0 s"), (0.04, "0.0 s"), (0.05, "0.1 s"), (59.94, "59.9 s"), (59.96, "1 m 00 s"),
        (3_599.4, "59 m 59 s"), (3_599.6, "1 h 00 m"), (90_000, "25 h 00 m"),
    ])
    func lengthsAreForPeople(_ seconds: Double, _ text: String) {
        var event = events[0]
        event.heardUntil = event.onset.adding(seconds: seconds)
        #expect(berlin(.table, [event]).contains("  \(text)  dog"))
    }
}

@Suite struct AnalysisReportTests {
    private func report(_ events: [SoundEvent]) throws -> AnalysisReport {
        AnalysisReport(
            file: "night \"1\".wav", sampleRate: try #require(SampleRate(hertz: 48_000)),
            durationSeconds: 4_100.5, start: evening, events: events, levels: nil)
    }

    @Test func textCountsFromTheStartOfTheFile() throws {
        #expect(
            try report(Array(events.prefix(2))).text == """
                night "1".wav: 1 h 08 m at 48000 Hz, 2 events
                   ONSET       OFFSET  DURATION  LABEL        CONFIDENCE
                0:00.250     0:01.730     1.5 s  dog                0.91
                0:30.000  1:06:40.000  1 h 06 m  smoke_alarm        1.00

                """)
        #expect(try report([]).text == "night \"1\".wav: 1 h 08 m at 48000 Hz, 0 events\n")
    }

    @Test func jsonHasTheFieldsOfTheEventsAndTheirPlace() throws {
        let json = try withTimeZone("Europe/Berlin") { try report([events[0], events[2]]).json }
        #expect(
            json == """
                {"file":"night \\"1\\".wav","sample_rate":48000,"duration_s":4100.500,
                "levels":null,
                "near_misses":[],
                "events":[
                {"id":41,"source":"mic","label":"dog","onset":"2026-11-22T18:00:00.250+01:00",\
                "offset":"2026-11-22T18:00:01.730+01:00","duration_s":1.480,"confidence":0.9124,\
                "mean_confidence":0.7000,"status":"complete","part":1,\(noLevels),"onset_s":0.250,\
                "offset_s":1.730},
                {"id":43,"source":"mic","label":"speech",\
                "onset":"2026-11-22T18:01:05.000+01:00","offset":null,"duration_s":65.000,\
                "confidence":0.0000,"mean_confidence":0.0000,"status":"open","part":1,\
                \(noLevels),"onset_s":65.000,"offset_s":null}
                ]}

                """)
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect((object?["events"] as? [Any])?.count == 2)
        #expect(
            try report([]).json.hasSuffix(
                "\"levels\":null,\n\"near_misses\":[],\n\"events\":[]}\n"))
    }

    @Test func withoutEventsTheNearestMissesAreListed() throws {
        var report = try report([])
        report.nearMisses = [
            NearMiss(
                label: "siren", onsetSeconds: 7.25, peak: 0.72, durationSeconds: 1.2,
                onThreshold: 0.5, minimumDurationSeconds: 1.6),
            NearMiss(
                label: "alarm", onsetSeconds: 61, peak: 0.44, durationSeconds: nil,
                onThreshold: 0.6, minimumDurationSeconds: 0.2),
        ]
        #expect(
            report.text == """
                night "1".wav: 1 h 08 m at 48000 Hz, 0 events
                      AT  NEAREST  SCORE
                0:07.250  siren    0.720 for 1.20 s; needs 1.60 s
                1:01.000  alarm    0.440; needs 0.600

                """)
        #expect(
            report.json.contains(
                """
                "near_misses":[{"label":"siren","at_s":7.250,"peak":0.7200,"duration_s":1.200,\
                "on":0.5000,"minimum_duration_s":1.600},{"label":"alarm","at_s":61.000,\
                "peak":0.4400,"duration_s":null,"on":0.6000,"minimum_duration_s":0.200}],
                """))
    }
}
