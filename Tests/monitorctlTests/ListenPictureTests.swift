import Testing

@testable import monitorctl

/// A moment as lines of a terminal.
@Suite struct ListenPictureTests {
    private static func moment() -> LiveHearing.Moment {
        var moment = LiveHearing.Moment()
        (moment.fast, moment.fastMaximum, moment.laeq) = (-45, -40.25, -50)
        // Only the highest of 64 bands sounds, 70 dB above the others.
        let column = [Float](repeating: -20, count: 63) + [-20 + 70 / 4.342_945]
        moment.columns = Array(repeating: column, count: 100)
        moment.sounds = [("siren", 0.9), ("bird", 0.05)]
        moment.events = ["one", "two \u{1B}[2J"]
        return moment
    }

    private static func picture(
        _ columns: Int, _ rows: Int, _ palette: ListenPicture.Palette = .characters
    ) -> ListenPicture {
        ListenPicture(title: "yard", columns: columns, rows: rows, palette: palette)
    }

    @Test func everythingHasItsPlace() {
        let lines = Self.picture(80, 24).lines(Self.moment())
        #expect(lines.count == 24)
        #expect(lines[0] == "yard")
        #expect(
            lines[1]
                == "LAF  -45.0  max  -40.3  LAeq  -50.0 dB re full scale  "
                + "[############-----------]")
        #expect(lines[2] == String(repeating: "@", count: 79))
        #expect(lines[3] == String(repeating: " ", count: 79))
        #expect(lines[14] == "siren                 0.90  ##################")
        #expect(lines[15].isEmpty, "bird is not likely")
        #expect(lines[18] == "one" && lines[19] == "two ?[2J")
    }

    @Test(arguments: [(80, 24), (40, 12), (20, 5), (8, 2), (3, 1), (1, 1), (300, 100)])
    func nothingIsLargerThanTheTerminal(_ columns: Int, _ rows: Int) {
        let lines = Self.picture(columns, rows).lines(Self.moment())
        #expect(lines.count <= rows)
        #expect(lines.allSatisfy { $0.count <= columns })
    }

    @Test func coloursShowTwoBandsInACell() {
        let lines = Self.picture(80, 24, .colours).lines(Self.moment())
        // The loudest above, what is 70 dB fainter below, in one run of 79 cells.
        let cells = String(repeating: "\u{2580}", count: 79)
        #expect(lines[2] == "\u{1B}[38;5;229;48;5;16m\(cells)\u{1B}[0m")
    }

    @Test func nothingHeardYet() {
        let lines = Self.picture(80, 24).lines(LiveHearing.Moment())
        #expect(lines.count == 24)
        #expect(lines[1].hasPrefix("LAF      -  max      -  LAeq      - dB re full scale"))
        #expect(lines.contains("no event yet; q ends"))
    }
}
