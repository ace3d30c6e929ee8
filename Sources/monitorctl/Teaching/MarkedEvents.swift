internal import EventStore
internal import SoundTypes
internal import Teaching

/// What the owner's marks say about a sound, with what was kept of those events.
struct MarkedEvents {
    let reader: EventReader
    let label: String

    /// The events that were the sound, and those that were mistaken for it, oldest first; only the
    /// newest of each kind. Says which of them cannot be learned from.
    ///
    /// - Parameter kept: what was learned from before. For an event in this database, its current
    ///   mark counts.
    func sounds(kept: [MarkedSound]) throws -> [MarkedSound] {
        let events = try reader.marked(label)
        if events.isEmpty {
            StandardError.write("warning: no event in \(reader.path) is marked as \(label)")
        }
        var sounds = try kept.filter { try !isHere($0) }
        for isTaughtSound in [true, false] {
            var count = 0
            for event in events where wasSound(event) == isTaughtSound {
                guard count < Lesson.maximumMarked else { break }
                guard let sound = try sound(event, isTaughtSound, kept) else { continue }
                sounds.append(sound)
                count += 1
            }
        }
        return sounds.sorted { $0.onset < $1.onset }
    }

    private func sound(
        _ event: SoundEvent, _ isTaughtSound: Bool, _ kept: [MarkedSound]
    ) throws -> MarkedSound? {
        guard let picture = try reader.picture(ofEvent: event.id) else {
            var old = kept.first { $0.event == event.id && $0.onset == event.onset }
            if old == nil { passOver(event, "it has no picture") }
            old?.isTaughtSound = isTaughtSound
            return old
        }
        let sound = MarkedSound(
            picture, onset: event.onset, heardUntil: event.heardUntil,
            isTaughtSound: isTaughtSound)
        if sound == nil { passOver(event, "its picture holds too little of it") }
        return sound
    }

    /// Whether the event is in this database.
    private func isHere(_ sound: MarkedSound) throws -> Bool {
        try reader.parts(ofEvent: sound.event).first?.onset == sound.onset
    }

    private func wasSound(_ event: SoundEvent) -> Bool {
        switch event.mark?.verdict {
        case .right: event.label == label
        case .wrong: event.mark?.label == label
        case nil: false
        }
    }

    private func passOver(_ event: SoundEvent, _ reason: String) {
        StandardError.write("warning: event \(event.id) is passed over: \(reason)")
    }
}
