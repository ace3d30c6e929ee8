internal import ArgumentParser
internal import Foundation
internal import MonitorConfig

/// Where the events are.
struct DatabaseOption: ParsableArguments {
    @Option(
        name: .customLong("database"),
        help: ArgumentHelp(
            """
            The event database (default: what \(Configuration.databaseVariable) names, else that \
            of \(Configuration.standardPath), else \(Configuration().database)).
            """,
            valueName: "path"))
    var given: String?

    /// The database from the option, the environment or the monitor's configuration, or the
    /// standard one. Says so if the configuration cannot be used.
    func path(configuration: String = Configuration.standardPath) -> String {
        let choice = Choice(
            given: given, environment: Configuration.databaseInEnvironment,
            configuration: configuration)
        if let warning = choice.warning { StandardError.write("warning: \(warning)") }
        return choice.path
    }

    /// Which database it is, and what had to be skipped on the way to it.
    struct Choice: Equatable {
        var path: String
        var warning: String?

        /// - Parameters:
        ///   - environment: an empty one counts as none
        ///   - configuration: a configuration file, which need not exist
        init(given: String?, environment: String?, configuration: String) {
            path = Configuration().database
            if let given {
                path = given
            } else if let environment, !environment.isEmpty {
                path = environment
            } else if FileManager.default.fileExists(atPath: configuration) {
                do throws(ConfigurationError) {
                    path = try Configuration.load(path: configuration).database
                } catch {
                    warning = "the configuration is passed over, \(path) is read: \(error)"
                }
            }
        }
    }
}
