internal import ArgumentParser
internal import Foundation

/// Where the events are.
struct DatabaseOption: ParsableArguments {
    /// Where the Debian package lets `monitord` keep its events.
    static let standardPath = "/var/lib/earwitness/events.db"
    static let environmentName = "EARWITNESS_DATABASE"

    @Option(
        name: .customLong("database"),
        help: ArgumentHelp(
            """
            The event database (default: what \(environmentName) names, else \(standardPath)).
            """,
            valueName: "path"))
    private var given: String?

    /// The database of the option, of the environment, or the standard one.
    var path: String {
        if let given { return given }
        let named = ProcessInfo.processInfo.environment[Self.environmentName] ?? ""
        return named.isEmpty ? Self.standardPath : named
    }
}
