internal import ArgumentParser
internal import Foundation
internal import ModelFormat
internal import MonitorConfig
internal import Teaching

/// Where the taught sounds are.
struct TaughtOption: ParsableArguments {
    @Option(
        name: .customLong("taught"),
        help: ArgumentHelp(
            """
            The folder of the taught sounds (default: that of \(Configuration.standardPath), else \
            \(Configuration().taught)).
            """,
            valueName: "folder"))
    var given: String?

    var folder: TaughtFolder {
        if let given { return TaughtFolder(path: given) }
        guard FileManager.default.fileExists(atPath: Configuration.standardPath) else {
            return TaughtFolder(path: Configuration().taught)
        }
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(path: Configuration.standardPath)
            return TaughtFolder(path: configuration.taught)
        } catch {
            let path = Configuration().taught
            StandardError.write(
                "warning: the configuration is passed over, \(path) is read: \(error)")
            return TaughtFolder(path: path)
        }
    }

    /// The sounds a model can look for; says why others are skipped.
    func sounds(for model: Model) -> [TaughtSound] {
        selection(for: model).sounds
    }

    /// What a model can use from the folder, by default that of `configuration`; says why the rest
    /// is skipped.
    func selection(
        for model: Model, configuration: Configuration? = nil
    ) -> TaughtFolder.Selection {
        let configured = given == nil ? configuration.map { TaughtFolder(path: $0.taught) } : nil
        let selection = (configured ?? folder).selection(for: model)
        for warning in selection.warnings { StandardError.write("warning: \(warning)") }
        return selection
    }
}
