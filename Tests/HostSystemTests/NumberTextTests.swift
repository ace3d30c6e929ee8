import HostSystem
import Testing

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0.12345, 4, "0.1235"), (-0.12345, 4, "-0.1235"), (2.5, 0, "3"), (-2.5, 0, "-3"),
        (0, 2, "0.00"), (-0.001, 2, "0.00"), (12.005, 1, "12.0"), (1e6, 3, "1000000.000"),
    ])
    func decimalsAreFixedAndHalvesGoAwayFromZero(
        _ number: Double, _ places: Int, _ text: String
    ) {
        #expect(fixedPoint(number, places: places) == text)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e19, -1e19])
    func whatHasNoDecimalsHasNoText(_ number: Double) {
        #expect(fixedPoint(number, places: 2) == nil)
        #expect(signed(number, places: 2) == "-")
    }

    @Test func aSignIsAlwaysShown() {
        #expect(signed(0.1, places: 2) == "+0.10")
        #expect(signed(-0.1, places: 2) == "-0.10")
        #expect(signed(0, places: 1) == "+0.0")
    }

    @Test func numbersArePadded() {
        #expect(padded(7, 3) == "007")
        #expect(padded(1234, 3) == "1234")
        #expect(twoDigits(5) == "05")
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (59.94, "59.9 s"), (59.95, "1 m 00 s"), (65, "1 m 05 s"),
        (3_599.6, "1 h 00 m"), (7_380, "2 h 03 m"),
    ])
    func lengthsAreForPeople(_ seconds: Double, _ text: String) {
        #expect(durationText(seconds) == text)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (725_000, "725.0 kB"),
            (999_949, "999.9 kB"), (999_950, "1.0 MB"), (3_200_000_000, "3.2 GB"),
            (5_000_000_000_000_000, "5000.0 TB"), (-1_500, "-1.5 kB"),
        ] as [(Int64, String)])
    func sizes(_ bytes: Int64, text: String) {
        #expect(sizeText(bytes) == text)
    }
}
