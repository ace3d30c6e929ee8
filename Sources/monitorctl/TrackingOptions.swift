internal import ArgumentParser
internal import Foundation
internal import ModelFormat
internal import MonitorConfig
internal import SoundTypes
internal import Tracking

/// How the scores of a recording become events.
struct TrackingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Use the model, the taught sounds, the sensitivity and the thresholds of this \
            configuration.
            """,
            valueName: "path"),
        completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp(
            """
            How readily a label becomes an event: low, normal or high (default: what the \
            configuration says, else the model).
            """,
            valueName: "name"))
    var sensitivity: Sensitivity?

    /// The configuration that is named; `nil` if none is.
    func configuration() throws(ConfigurationError) -> Configuration? {
        guard let config else { return nil }
        return try Configuration.load(path: config)
    }

    /// What the owner has a say in, from a configuration and the option, which comes first.
    func tracking(_ configuration: Configuration?) -> TrackingParameters {
        var result = configuration?.tracking ?? TrackingParameters()
        if let sensitivity {
            result.common.sensitivity = sensitivity
            for label in result.labels.keys { result.labels[label]?.sensitivity = nil }
        }
        return result
    }
}
