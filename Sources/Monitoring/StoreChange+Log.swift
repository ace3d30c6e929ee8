internal import EventStore
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

extension StoreChange {
    /// What the log says about a change that was not stored: all of it, except that for the levels
    /// of a second, which are many numbers and many seconds, it gives only the main one, and for a
    /// picture only its event.
    var logText: String {
        if case .picture(let picture) = self { return "picture of event \(picture.eventID)" }
        guard case .level(let source, let record) = self else { return "\(self)" }
        let level = record.summary.laeq.flatMap { fixedPoint($0, places: 1) }
        return "level of \(source) at \(record.start.rfc3339): "
            + "LAeq \(level ?? "unknown") dB re full scale, "
            + "\(record.samples) samples"
    }
}
