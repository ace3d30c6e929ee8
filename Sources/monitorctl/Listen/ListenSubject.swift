internal import Capture
internal import Control
internal import Database
internal import EventStore
internal import Foundation
internal import HostSystem
internal import LevelTypes
internal import Listening
internal import MonitorConfig
internal import SoundLevels
internal import SourceTypes
internal import Timekeeping

/// What to listen to.
struct ListenSubject {
    let settings: SourceConfiguration

    /// - Parameters:
    ///   - text: a source of the configuration, an input, or the path of a recording; `nil`: the
    ///     first source
    ///   - channel: `nil`: that of the source
    init(_ text: String?, channel: Int?, _ configuration: Configuration) throws(ListenError) {
        var settings = try Self.settings(text, configuration.sources)
        settings.channel = channel ?? settings.channel
        self.settings = settings
    }

    private static func settings(
        _ text: String?, _ sources: [SourceConfiguration]
    ) throws(ListenError) -> SourceConfiguration {
        guard let text else { return sources[0] }
        if let source = sources.first(where: { $0.name == text }) { return source }
        do throws(SourceSpecificationError) {
            let input = try SourceSpecification(parsing: text)
            // One of the configuration by its input has its calibration, too.
            return sources.first { $0.input == input }
                ?? SourceConfiguration(name: "microphone", input: input)
        } catch {
            guard FileManager.default.fileExists(atPath: text) else {
                throw .unknownSource(text, known: sources.map(\.name), hint: error.hint)
            }
            return SourceConfiguration(name: "recording", input: .file(text))
        }
    }

    func title(_ rate: SampleRate) -> String {
        "\(settings.name)  \(settings.input), channel \(settings.channel), \(rate.hertz) Hz"
    }

    /// Opens it; a recording is read as it was recorded.
    ///
    /// - Parameter database: that of the monitor, which may have the device
    func open(database: String) throws -> any CaptureSource {
        do throws(CaptureError) {
            return try settings.input.open(
                channel: settings.channel, rate: settings.input.isDevice ? settings.rate : nil,
                pace: .realtime, streamFormat: settings.stream)
        } catch {
            guard error.isBusy else { throw error }
            throw ListenError.busy(error, isMonitor: isHeardByMonitor(of: database))
        }
    }

    private func isHeardByMonitor(of database: String) -> Bool {
        do throws(ControlError) {
            let status = try MonitorStatus.ask(at: Configuration.controlSocket(of: database))
            return status.sources.contains { $0.state == .heard }
        } catch {
            return false
        }
    }

    /// How its levels are measured, with its last calibration where that can be read.
    func levels(_ configuration: Configuration, database: String) throws -> LevelSettings {
        let response = try settings.levels.microphoneCorrection.map {
            try MicrophoneResponse(path: $0)
        }
        let scale = LevelScale(
            calibration: calibration(database),
            fullScaleDecibels: settings.levels.fullScaleDecibels, response: response)
        return LevelSettings(
            scale: scale, response: response,
            noiseFloorDecibels: settings.levels.noiseFloorDecibels, loud: configuration.loud)
    }

    private func calibration(_ database: String) -> Calibration? {
        guard FileManager.default.fileExists(atPath: database) else { return nil }
        do throws(StoreError) {
            return try EventReader(path: database).lastCalibration(
                source: settings.name, input: settings.input.description)
        } catch {
            StandardError.write("warning: calibrations are not known: \(error)")
            return nil
        }
    }
}

/// Why nothing can be listened to.
enum ListenError: ExitStatusProviding, Equatable {
    case unknownSource(String, known: [String], hint: String)
    case busy(CaptureError, isMonitor: Bool)

    var exitStatus: ExitStatus {
        switch self {
        case .unknownSource: .noInput
        case .busy: .unavailable
        }
    }

    var description: String {
        switch self {
        case .unknownSource(let text, let known, let hint):
            "\"\(text)\" is neither a source of the configuration (\(known.joined(separator: ", "))"
                + "), nor alsa:NAME, nor a recording that exists\(hint)"
        case .busy(let error, isMonitor: true):
            "\(error.subject): the monitor listens to it: monitorctl status --watch shows what it "
                + "hears (or sudo systemctl stop monitord)"
        case .busy(let error, isMonitor: false): error.description
        }
    }
}
