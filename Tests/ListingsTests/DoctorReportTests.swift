import Listings
import Testing

/// How what the doctor found is written.
@Suite struct DoctorReportTests {
    private static let report = DoctorReport([
        .init("clock", .ok, "it is synchronised"),
        .init("group audio", .warning, "not in it", remedy: "sudo adduser $USER audio"),
        .init("configuration", .fault, "m.yaml:1:1: one\nm.yaml:2:1: \u{1B}two", remedy: "edit"),
    ])

    @Test func forPeople() {
        #expect(
            Self.report.text == """
                ok       clock          it is synchronised
                warning  group audio    not in it
                                        -> sudo adduser $USER audio
                FAULT    configuration  m.yaml:1:1: one
                                        m.yaml:2:1: ?two
                                        -> edit
                1 fault, 1 warning: what to do is after each ->

                """)
        #expect(!Self.report.isWell)
    }

    @Test func forPrograms() {
        #expect(
            Self.report.json == """
                [
                {"check":"clock","state":"ok","text":"it is synchronised","remedy":null},
                {"check":"group audio","state":"warning","text":"not in it",\
                "remedy":"sudo adduser $USER audio"},
                {"check":"configuration","state":"fault",\
                "text":"m.yaml:1:1: one\\nm.yaml:2:1: \\u001btwo","remedy":"edit"}
                ]

                """)
    }

    @Test func allIsWell() {
        let report = DoctorReport([.init("clock", .ok, "good")])
        #expect(report.isWell)
        #expect(report.text.hasSuffix("all is well\n"))
    }
}
