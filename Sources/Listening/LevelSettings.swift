public import LevelTypes
public import SoundLevels
public import Tracking

/// How the levels of a source are measured.
public struct LevelSettings: Sendable {
    public var scale: LevelScale
    /// The response of the microphone, for which its samples are corrected.
    public var response: MicrophoneResponse?
    /// Levels below this are marked as under-range, in dB on the scale.
    public var noiseFloorDecibels: Double?
    /// When a sound is an event because of its level alone; `nil`: never.
    public var loud: LoudParameters?

    public init(
        scale: LevelScale = .relative, response: MicrophoneResponse? = nil,
        noiseFloorDecibels: Double? = nil, loud: LoudParameters? = nil
    ) {
        self.scale = scale
        self.response = response
        self.noiseFloorDecibels = noiseFloorDecibels
        self.loud = loud
    }
}
