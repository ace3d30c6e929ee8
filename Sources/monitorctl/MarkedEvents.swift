internal import Acoustics
internal import EventStore
internal import Teaching

/// What the owner's marks say about a sound, with what was kept of the events.
struct MarkedEvents {
    let database: String

    /// The events that were the sound, or were taken for it, the oldest first. Says which of them
    /// cannot be learned from.
    func sounds(_ label: String) throws -> [MarkedSound] {
        let reader = try EventReader(path: database)
        let events = try reader.marked(label, limit: Lesson.maximumMarked)
        if events.isEmpty {
            StandardError.write("warning: no event in \(reader.path) is marked as \(label)")
        }
        return try events.reversed().compactMap { event in
            guard let picture = try reader.picture(ofEvent: event.id) else {
                StandardError.write("warning: event \(event.id) is passed over: it has no picture")
                return nil
            }
            return MarkedSound(
                picture, onset: event.onset, heardUntil: event.heardUntil,
                isTaughtSound: Self.was(event, label))
        }
    }

    private static func was(_ event: SoundEvent, _ label: String) -> Bool {
        switch event.mark?.verdict {
        case .right: event.label == label
        case .wrong: event.mark?.label == label
        case nil: false
        }
    }
}
