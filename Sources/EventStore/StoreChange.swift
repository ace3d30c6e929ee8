public import LevelTypes
public import SoundTypes

/// Something to be stored. Each change except a level can be written again: the last one wins.
public enum StoreChange: Sendable, Hashable {
    /// A new state of the event with this id and part.
    case event(SoundEvent)
    /// A gap, or the same gap (source, start, cause) grown longer.
    case gap(AudioGap)
    /// A new state of the session with this id.
    case session(ListeningSession)
    /// A new state of the run of a hook with this id.
    case hookRun(HookRun)
    /// The levels of a second of a source. If the second is there already, because the wall clock
    /// was set back, the two are added up.
    case level(source: String, LevelRecord)
    /// What the network saw of an event.
    case picture(EventPicture)

    public var isPicture: Bool {
        if case .picture = self { true } else { false }
    }
}
