public import Timekeeping

/// What the network saw around the onset of an event, and what it made of it, so that the event can
/// be explained, or learned from, once the sound is gone.
///
/// Everything is kept as bytes: a value of the spectrogram in steps of 0.125 nat (0.54 dB) upwards
/// from the floor of the features, a score in 255ths.
public struct EventPicture: Sendable, Hashable {
    /// How much is kept before the onset: a little more than the network remembers.
    public static let secondsBefore = 6.0
    /// How much is kept after the onset, at most.
    public static let secondsAfter = 4.0
    /// The scores of this many of the strongest other labels are kept.
    public static let rivalCount = 3

    public var eventID: Int64
    /// When the first frame begins.
    public var start: UTCTime
    /// What the spectrogram was made with.
    public var features: FeatureParameters
    /// [frames][bands]
    public var frames: [UInt8]
    /// The label of the event, then its rivals, the strongest first.
    public var labels: [String]
    /// [labels][steps], not smoothed; step j begins with frame j · framesPerStep.
    public var scores: [UInt8]
    public var framesPerStep: Int
    /// The model that recognised the event: its name and checksum, as in the ledger of sessions.
    public var model: String
    /// How the scores of the label became an event.
    public var parameters: LabelParameters

    public init(
        eventID: Int64, start: UTCTime, features: FeatureParameters, frames: [UInt8],
        labels: [String], scores: [UInt8], framesPerStep: Int, model: String,
        parameters: LabelParameters
    ) {
        self.eventID = eventID
        self.start = start
        self.features = features
        self.frames = frames
        self.labels = labels
        self.scores = scores
        self.framesPerStep = framesPerStep
        self.model = model
        self.parameters = parameters
    }

    /// The spectrogram, [frames][bands], as the network wants it.
    public var logMel: [Float] {
        let code = LogMelCode(features)
        return frames.map(code.value)
    }
}
