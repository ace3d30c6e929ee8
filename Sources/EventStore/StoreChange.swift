public import AlertTypes
public import LevelTypes
public import SoundTypes

/// Something to be stored. Each change except a level and a reload can be written again: the last
/// one wins.
public enum StoreChange: Sendable, Hashable {
    /// A new state of the event with this id and part.
    case event(SoundEvent)
    /// A gap, or the same gap (source, start, cause) grown longer.
    case gap(AudioGap)
    /// A new state of the session with this id.
    case session(ListeningSession)
    /// A new state of the run of a hook with this id.
    case hookRun(HookRun)
    /// What the rules decided at one moment.
    case alerts(AlertChanges)
    /// What became of a new configuration.
    case reload(ConfigurationReload)
    /// The levels of a second of a source. If the second is there already, because the wall clock
    /// was set back, the two are added up.
    case level(source: String, LevelRecord)
    /// What the network saw of an event.
    case picture(EventPicture)
    /// The scores of some seconds. Of what is there already, the higher score of each label counts.
    case scores([SecondScores])

    public var isPicture: Bool {
        if case .picture = self { true } else { false }
    }
}
