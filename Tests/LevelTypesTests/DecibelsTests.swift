import LevelTypes
import Testing

@Suite struct DecibelsTests {
    @Test(arguments: [(1.0, 0.0), (0.5, -3.0103), (1e-22, -220), (1e6, 60)])
    func aPowerHasALevel(power: Double, level: Double) {
        #expect(abs(Decibels.level(power: power) - level) < 1e-4)
        #expect(abs(Decibels.power(level: level) / power - 1) < 1e-4)
    }

    @Test(arguments: [0, 1e-300, 1e-121, 9e-31])
    func whatFiltersLeaveInDigitalSilenceIsNone(power: Double) {
        #expect(Decibels.level(power: power) == -.infinity)
        #expect(Decibels.power(level: -.infinity) == 0)
    }

    @Test func whatIsNoNumberStaysNone() {
        #expect(Decibels.level(power: .nan).isNaN)
    }
}
