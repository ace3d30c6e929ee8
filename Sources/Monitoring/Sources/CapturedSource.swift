internal import Capture
internal import LevelTypes
internal import Listening
internal import MonitorConfig
internal import SoundLevels
internal import SourceTypes
internal import Timekeeping

/// A source that is being captured, and all that is known about it without the store.
struct CapturedSource: Sendable {
    let settings: SourceConfiguration
    let capture: SourceCapture
    private let response: MicrophoneResponse?
    /// The time of the first sample; `nil` if the source knows when its samples were captured.
    let startTime: UTCTime?
    /// How that is known of a recording that was given none.
    let recordingStart: RecordingStart?

    /// Opens the source and begins to capture it.
    init(_ settings: SourceConfiguration, _ options: Monitor.Options) throws {
        self.settings = settings
        response = try settings.levels.microphoneCorrection.map {
            try MicrophoneResponse(path: $0)
        }
        let source = try settings.input.open(
            channel: settings.channel, rate: settings.rate, pace: options.pace,
            streamFormat: settings.stream, timesArrivals: options.startTime == nil)
        recordingStart =
            options.startTime == nil ? (source as? FileSource)?.start(now: .now()) : nil
        startTime = settings.input.isDevice ? nil : options.startTime ?? recordingStart?.time
        capture = try SourceCapture(name: settings.name, source: source)
    }

    /// How its levels are measured.
    ///
    /// - Parameter calibration: its last one
    func levels(calibration: Calibration?, _ configuration: Configuration) -> LevelSettings {
        let levels = settings.levels
        let scale = LevelScale(
            calibration: calibration, fullScaleDecibels: levels.fullScaleDecibels,
            response: response)
        return LevelSettings(
            scale: scale, response: response, noiseFloorDecibels: levels.noiseFloorDecibels,
            loud: configuration.loud)
    }
}
