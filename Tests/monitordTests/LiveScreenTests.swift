import Testing

@testable import monitord

@Suite struct LiveScreenTests {
    private func shown(columns: Int?, _ write: (inout LiveScreen) -> [String]) -> String {
        var screen = LiveScreen(columns: columns)
        return write(&screen).joined() + screen.end
    }

    @Test func inAPipeEachLevelIsALine() {
        let text = shown(columns: nil) { [$0.level("60"), $0.line("siren"), $0.level("61")] }
        #expect(text == "60\nsiren\n61\n")
    }

    @Test func onATerminalTheLevelStaysInPlaceBelowTheEvents() {
        let text = shown(columns: 80) {
            [$0.level("60"), $0.level("61"), $0.line("siren"), $0.level("62")]
        }
        #expect(text == "60\r\u{1B}[K61\r\u{1B}[Ksiren\n62\n")
    }

    @Test(arguments: [1, 20, 81])
    func aLevelThatDoesNotFitIsCutOff(columns: Int) {
        let level = String(repeating: "8", count: 80)
        let text = shown(columns: columns) { [$0.level(level)] }
        #expect(text == String(repeating: "8", count: columns - 1) + "\n")
    }
}
