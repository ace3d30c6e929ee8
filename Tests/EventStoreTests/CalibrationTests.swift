import EventStore
import LevelTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct CalibrationTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func calibration(
        _ source: String = "mic", _ input: String = "alsa:hw:1", at seconds: Double,
        before: Double? = 119.5
    ) -> Calibration {
        Calibration(
            source: source, input: input, time: evening.adding(seconds: seconds),
            note: "o'brien, spring", calibratorLevel: 94, calibratorFrequency: 1_000,
            measuredFrequency: 1_000.2, spread: 0.04, before: before,
            after: 119.25 + seconds.truncatingRemainder(dividingBy: 60))
    }

    @Test func theHistoryIsKept() throws {
        let store = try EventStore(path: path)
        let reader = try EventReader(path: path)
        #expect(try reader.calibrations() == [])
        #expect(try store.lastCalibration(source: "mic", input: "alsa:hw:1") == nil)
        let first = try store.add(calibration(at: 0, before: nil))
        let garden = try store.add(calibration("garden", at: 1))
        let other = try store.add(calibration("mic", "alsa:hw:2", at: 2))
        let second = try store.add(calibration(at: 3))
        #expect([first, garden, other, second].map(\.id) == [1, 2, 3, 4])
        #expect(first.drift == nil && second.drift == -2.75)
        #expect(try reader.calibrations() == [first, garden, other, second])
        #expect(try reader.calibrations(source: "mic") == [first, other, second])
        #expect(try reader.lastCalibration(source: "mic", input: "alsa:hw:1") == second)
        #expect(try reader.lastCalibration(source: "mic", input: "alsa:hw:2") == other)
        #expect(try reader.lastCalibration(source: "garden", input: "alsa:hw:2") == nil)
        try store.close()
        let next = try EventStore(path: path)
        #expect(try next.lastCalibration(source: "garden", input: "alsa:hw:1") == garden)
    }

    /// The last calibration is the one entered last, whatever the clock showed.
    @Test func aClockThatWasAheadDoesNotKeepItsCalibration() throws {
        let store = try EventStore(path: path)
        try store.add(calibration(at: 1e9))
        let last = try store.add(calibration(at: 5))
        #expect(try store.lastCalibration(source: "mic", input: "alsa:hw:1") == last)
    }
}
