public import Rules
public import SoundTypes
public import SourceTypes
public import Timekeeping
public import Tracking

/// The whole configuration of the monitor. `docs/configuration.md` describes every setting.
public struct Configuration: Sendable {
    /// The file that is read if no other is named.
    public static let standardPath = "/etc/earwitness/monitord.yaml"

    /// The path of the database.
    public var database = DataDirectory.current.database
    /// The path of a model file; `nil`: the built-in one.
    public var model: String?
    /// The folder of the taught sounds; it need not exist.
    public var taught = DataDirectory.current.taught
    public var sources = [SourceConfiguration()]
    public var tracking = TrackingParameters()
    /// When a sound is an event because of its level alone; `nil`: never.
    public var loud: LoudParameters?
    public var pictures = PictureConfiguration()
    public var retention = Retention()
    public var ruleSet = RuleSet()
    public var hooks = HookConfiguration()
    public var logLevel = LogLevel.info

    /// The file it was read from, as it was named.
    let file: String
    /// Where labels are named, to be checked once the model's labels are known.
    var labelUses: [LabelUse] = []
    /// Where groups of labels are named.
    var groupUses: [GroupUse] = []
    /// Where each rule stands, by its name.
    var rulePlaces: [String: RulePlace] = [:]

    /// The defaults.
    public init() {
        self.init(file: "")
    }

    init(file: String) {
        self.file = file
    }

    public var rules: [Rule] { ruleSet.rules }

    /// Whether nothing is heard live.
    public var hasRecordingsOnly: Bool { sources.allSatisfy(\.input.isRecording) }
}

extension Configuration {
    /// The sections, other than those on rules, in which it differs from another one, as they are
    /// named in the file.
    public func sectionsThatDiffer(from other: Configuration) -> [String] {
        [
            ("database", database != other.database), ("model", model != other.model),
            ("taught", taught != other.taught), ("sources", sources != other.sources),
            ("tracking", tracking != other.tracking), ("loud", loud != other.loud),
            ("pictures", pictures != other.pictures), ("retention", retention != other.retention),
            ("hooks", hooks != other.hooks), ("log_level", logLevel != other.logLevel),
        ].filter(\.1).map(\.0)
    }
}

/// One source of sound.
public struct SourceConfiguration: Sendable, Hashable {
    /// The name under which its events are stored.
    public var name: String
    public var input: SourceSpecification
    /// The channel to listen to, from 1.
    public var channel: Int
    /// The rate to ask an ALSA device for; `nil`: the device's own.
    public var rate: SampleRate?
    /// The form of the samples on standard input; other inputs ignore it.
    public var stream: StreamFormat
    public var levels: LevelConfiguration

    public init(
        name: String = "microphone", input: SourceSpecification = .alsa("default"),
        channel: Int = 1, rate: SampleRate? = nil, stream: StreamFormat = StreamFormat(),
        levels: LevelConfiguration = LevelConfiguration()
    ) {
        self.name = name
        self.input = input
        self.channel = channel
        self.rate = rate
        self.stream = stream
        self.levels = levels
    }
}

/// What is known about a source as a measuring instrument.
public struct LevelConfiguration: Sendable, Hashable {
    /// The level of an RMS of 1.0, in dB re 20 µPa, as computed from a data sheet. A calibration in
    /// the database takes precedence.
    public var fullScaleDecibels: Double?
    /// The path of the file with the response of the microphone.
    public var microphoneCorrection: String?
    /// Levels below this are marked as under-range; in dB, like the levels themselves.
    public var noiseFloorDecibels: Double?

    public init(
        fullScaleDecibels: Double? = nil, microphoneCorrection: String? = nil,
        noiseFloorDecibels: Double? = nil
    ) {
        self.fullScaleDecibels = fullScaleDecibels
        self.microphoneCorrection = microphoneCorrection
        self.noiseFloorDecibels = noiseFloorDecibels
    }
}

/// How much is kept of what the network saw of events.
public struct PictureConfiguration: Sendable, Hashable {
    /// The bytes that pictures may take up in the database; the oldest are removed. 0: none are
    /// made, and existing ones are removed.
    public var keptBytes: Int64
    /// Whether pictures of stretches in which speech was heard are kept too.
    public var ofSpeech: Bool

    public init(keptBytes: Int64 = 256_000_000, ofSpeech: Bool = false) {
        self.keptBytes = keptBytes
        self.ofSpeech = ofSpeech
    }

    public var takesAny: Bool { keptBytes > 0 }
}

/// How the commands of rules are run.
public struct HookConfiguration: Sendable, Hashable {
    /// The most commands that run at the same time.
    public var concurrency: Int
    /// The most firings that may wait their turn.
    public var queue: Int
    /// How long commands may carry on when the monitor stops.
    public var grace: Duration

    public init(concurrency: Int = 4, queue: Int = 256, grace: Duration = .seconds(10)) {
        self.concurrency = concurrency
        self.queue = queue
        self.grace = grace
    }
}

/// The least severe messages that are logged; the names are those of swift-log.
public enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

/// A place that names a label.
struct LabelUse: Sendable {
    enum Place: Sendable {
        case tracking, rule
    }

    let label: String
    let position: Position
    let place: Place
}

/// A place that names a group of labels.
struct GroupUse: Sendable {
    let group: String
    let position: Position
}
