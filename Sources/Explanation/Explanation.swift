public import SoundTypes
public import Tracking

/// Why a label was given, or was not: the scores, the thresholds in force, and what they depend on.
public struct Explanation: Sendable {
    /// What is explained.
    public enum Subject: Sendable, Hashable {
        /// A recording, by name; time is counted from its beginning.
        case recording(String)
        /// A stored event; time is counted from its onset.
        case event(SoundEvent)
    }

    public var subject: Subject
    /// The curve of the explained label first.
    public var evidence: Evidence
    /// The step that is explained.
    public var moment: Int
    /// When the sound was an event, or announced as one, as far as that is known, in seconds from
    /// the origin of time; `nil` if the label led to none.
    public var event: ClosedRange<Double>?
    /// What is lacking for an event at the moment; `nil` if there is one.
    public var miss: NearMiss?
    /// How scores became events.
    public var parameters: LabelParameters
    /// What the model and the defaults say in the absence of a configuration; `nil` if the model
    /// they belong to is not at hand.
    public var unconfigured: LabelParameters?
    /// The model that gave the scores: its name and checksum.
    public var model: String
    /// What came of the model hearing the spectrogram with parts of it covered; `nil` if no model
    /// could.
    public var occlusion: Occlusion?
    public var occlusionModel: String

    public init(
        subject: Subject, evidence: Evidence, moment: Int, event: ClosedRange<Double>?,
        miss: NearMiss? = nil, parameters: LabelParameters, unconfigured: LabelParameters?,
        model: String,
        occlusion: Occlusion?, occlusionModel: String
    ) {
        self.subject = subject
        self.evidence = evidence
        self.moment = moment
        self.event = event
        self.miss = miss
        self.parameters = parameters
        self.unconfigured = unconfigured
        self.model = model
        self.occlusion = occlusion
        self.occlusionModel = occlusionModel
    }

    public var label: String { evidence.curves[0].label }

    /// Whether the event was announced and then retracted.
    var isRetracted: Bool {
        if case .event(let event) = subject { event.status == .retracted } else { false }
    }
}
