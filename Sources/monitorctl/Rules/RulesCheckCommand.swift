internal import ArgumentParser
internal import HostSystem
internal import MonitorConfig
internal import Rules

/// `monitorctl rules check`: what is wrong with a configuration, and what can hardly be meant.
struct RulesCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with the rules of a configuration.",
        discussion: """
            Faults and warnings go to standard error, each on a line that begins with \
            file:line:column. Labels and groups are looked up in the model that the file names, \
            and among the taught sounds.

            Warnings do not make the check fail: rules that can never fire, or of which another \
            does the same; commands that cannot be started on this machine.

            Ends with 0, or with 78 if there is a fault.

            Examples:
              monitorctl rules check monitord.yaml
              monitorctl rules check
            """)

    @Argument(
        help: ArgumentHelp(
            "The configuration (default: \(Configuration.standardPath)).", valueName: "file"),
        completion: .file())
    var file = Configuration.standardPath

    func run() throws {
        do {
            let tried = try TriedRules(path: file)
            Self.write(tried.warnings)
            let count = tried.ruleSet.rules.count
            try StandardStream.output.write("\(count) \(count == 1 ? "rule" : "rules"), no fault\n")
        } catch let error as ConfigurationError {
            // As compilers do, without the name of the program.
            Self.write(error.faults.map(\.description))
            throw ExitCode(error.exitStatus.rawValue)
        }
    }

    private static func write(_ lines: [String]) {
        for line in lines { StandardStream.error.offer(printableLines(line) + "\n") }
    }
}
