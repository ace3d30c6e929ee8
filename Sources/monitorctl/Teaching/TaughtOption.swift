internal import ArgumentParser
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
        TaughtFolder(path: given ?? (InstalledConfiguration.load() ?? Configuration()).taught)
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
