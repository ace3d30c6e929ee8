internal import ArgumentParser
internal import Capture
internal import Foundation
internal import HostSystem
internal import Logging
internal import ModelFormat
internal import MonitorConfig
internal import Monitoring
internal import ServiceLifecycle
internal import SoundLevels
internal import SourceTypes
internal import Teaching
internal import Timekeeping
internal import UnixSignals

/// The whole of the program `monitord`, up to its exit code.
public func runMonitord() async {
    await Monitord.main()
}

/// The daemon: listens, stores what it hears, and runs the rules' commands.
struct Monitord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitord",
        abstract: "Listen to a microphone, log the sounds it hears, run commands on alerts.",
        discussion: """
            Without --config, \(Configuration.standardPath) is read where it exists; otherwise the \
            defaults hold. SIGTERM and SIGINT end the monitor in order: open events are closed, \
            everything is stored, running commands get their grace. SIGHUP puts the rules of the \
            configuration in force as they are now (in a terminal, it ends the monitor). With a \
            recording as its source it ends with the recording.

            Examples:
              monitord                                       as the configuration says
              monitord --source alsa:default --live          print sounds and levels
              monitord --source alsa:default --live events   print sounds alone
              monitord --source file:street.flac --speed max --database street.db
              arecord -f S16_LE -r 48000 -t raw | monitord --source stdin
              monitord --check-config --config monitord.yaml

            Exit codes: 0 ended in order, 64 usage, 65 bad data, 66 no such input, 69 device \
            unavailable, 73 cannot create, 74 input/output, 75 database in use, 78 configuration.
            """,
        version: programVersion)

    @Option(help: ArgumentHelp("The configuration file.", valueName: "path"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Listen to this instead: alsa:NAME, file:PATH or stdin.", valueName: "source"))
    var source: String?

    @Option(
        help: ArgumentHelp(
            """
            Keep the events in this database (default: what \(Configuration.databaseVariable) \
            names, else that of the configuration, else \(Configuration().database)).
            """, valueName: "path"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "How fast a recording is read: realtime, or max for as fast as possible.",
            valueName: "pace"))
    var speed = Speed.realtime

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            When a recording or a stream began: now, 2h, "2026-11-22 18:00" … (default: what the \
            bext or GUANO chunk or the name of a recording says; else it ends now, with --speed \
            realtime it begins now, and so does a stream)
            """,
            valueName: "time"))
    var startTime: String?

    @Option(help: ArgumentHelp("Recognise with this model.", valueName: "path"))
    var model: String?

    @Option(
        help: ArgumentHelp("Look for the taught sounds of this folder.", valueName: "folder"))
    var taught: String?

    @Flag(help: "Read the configuration, say what is wrong with it, and end.")
    var checkConfig = false

    @Flag(
        help: """
            Print events and the levels of each second to standard output; --live events: without \
            the levels.
            """)
    var live = false

    /// What follows `--live`.
    @Argument(help: .hidden)
    var words: [String] = []

    enum Speed: String, ExpressibleByArgument, CaseIterable {
        case realtime, max

        var pace: FileSource.Pace { self == .max ? .maximum : .realtime }
    }

    private var liveContent: LivePrinter.Content {
        words.first.flatMap(LivePrinter.Content.init) ?? .all
    }

    func validate() throws {
        let accepted = live ? LivePrinter.Content.allCases.map(\.rawValue) : []
        if let word = words.first(where: { !accepted.contains($0) }) ?? words.dropFirst().first {
            throw ValidationError("Unexpected argument '\(word)'")
        }
    }

    func run() async throws {
        let configuration = try settings()
        let start = try startTime.map { try TimeExpression.parse($0, now: .now()) }
        if checkConfig {
            try check(configuration)
            return
        }
        LoggingSystem.bootstrap { _ in
            StandardErrorLog(level: Logger.Level(configuration.logLevel))
        }
        DataDirectory.current.prepare(for: configuration.database)
        let logger = Logger(label: "monitord")
        let manager = ServiceManager.fromEnvironment()
        let monitor = Monitor(
            configuration: configuration,
            options: Monitor.Options(
                pace: speed.pace, startTime: start,
                onOpening: { progress in
                    guard let progress else {
                        manager?.notify("STATUS=")
                        return
                    }
                    manager?.extendStart("opening the event database: \(progress)")
                },
                onListening: {
                    manager?.notify("READY=1")
                    Self.lockMemory(configuration, logger)
                },
                onStopping: {
                    manager?.notify("STOPPING=1")
                    manager?.notify("STATUS=ending")
                },
                onProgress: { manager?.notify("WATCHDOG=1") },
                progressInterval: manager == nil ? nil : ServiceManager.watchdogInterval,
                onStatus: { manager?.notify("STATUS=\($0)") }),
            logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: monitor, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: endingSignals, logger: logger))
        let reloads = reloads(monitor)
        defer { reloads?.cancel() }
        let printing = live ? LivePrinter.start(monitor, liveContent) : nil
        do {
            try await group.run()
        } catch {
            await printing?.value
            throw error
        }
        await printing?.value
    }

    /// Capturing must not wait for the disk to bring memory back.
    private static func lockMemory(_ configuration: Configuration, _ logger: Logger) {
        guard configuration.sources.contains(where: \.input.isDevice) else { return }
        do throws(SystemError) {
            try MemoryLock.lockAll()
        } catch {
            logger.notice("its memory may be paged out: to lock it was refused (\(error.message))")
        }
    }

    /// A terminal that is closed ends what runs in it; a service is asked by SIGHUP to read its
    /// configuration again.
    private var endingSignals: [UnixSignal] {
        isatty(STDIN_FILENO) == 1 ? [.sigterm, .sigint, .sighup] : [.sigterm, .sigint]
    }

    /// Reads the configuration again at each SIGHUP.
    private func reloads(_ monitor: Monitor) -> Task<Void, Never>? {
        guard !endingSignals.contains(.sighup) else { return nil }
        return Task {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                await monitor.reload { () throws(ConfigurationError) in
                    do {
                        return try settings()
                    } catch let error as ConfigurationError {
                        throw error
                    } catch {
                        // The command line was read before, and has not changed.
                        preconditionFailure("\(error)")
                    }
                }
            }
        }
    }

    /// The configuration, overridden by the command line.
    private func settings() throws -> Configuration {
        var configuration = try storedSettings()
        if let source {
            let input = try SourceSpecification(parsing: source)
            configuration.sources = [SourceConfiguration(name: input.sourceName, input: input)]
        }
        configuration.database =
            database ?? Configuration.databaseInEnvironment ?? configuration.database
        configuration.model = model ?? configuration.model
        configuration.taught = taught ?? configuration.taught
        return configuration
    }

    private func storedSettings() throws -> Configuration {
        try configurationFile.map { try Configuration.load(path: $0) } ?? Configuration()
    }

    /// The file that is read; `nil` if the defaults apply.
    private var configurationFile: String? {
        if let config { return config }
        let isInstalled = FileManager.default.fileExists(atPath: Configuration.standardPath)
        return isInstalled ? Configuration.standardPath : nil
    }

    private func check(_ configuration: Configuration) throws {
        let model = try Model.named(configuration.model)
        let taught = TaughtFolder(path: configuration.taught).selection(for: model)
        try configuration.validate(
            labels: model.labels + taught.labels, groups: model.groups)
        for warning in taught.warnings { print("warning: \(printable(warning))") }
        for (label, tracking) in zip(model.labels, model.tracking)
        where tracking.isOfLittleUse && configuration.ruleLabels.contains(label) {
            print(
                "warning: a rule names '\(printable(label))', which is of little use: it is "
                    + "seldom found at any sensitivity; see monitorctl labels")
        }
        for advice in configuration.ruleAdvice() { print(printable("\(advice)")) }
        try configuration.validateCommands()
        for source in configuration.sources {
            guard let path = source.levels.microphoneCorrection else { continue }
            _ = try MicrophoneResponse(path: path)
        }
        print(
            configurationFile.map { "\(printable($0)): no fault found" }
                ?? "there is no \(Configuration.standardPath); the defaults hold")
    }

    /// Runs the command and turns what it throws into an exit code: the one place where that
    /// happens. docs/exit-codes.md lists the codes.
    static func main() async {
        StandardStream.ignoreSignals()
        do {
            var command = try parseAsRoot(programArguments())
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as any ExitStatusProviding {
            StandardErrorLog.writeFailure(error.description)
            Foundation.exit(error.exitStatus.rawValue)
        } catch {
            guard exitCode(for: error) != .success else { exit(withError: error) }
            StandardStream.error.offer(printableLines(fullMessage(for: error)) + "\n")
            Foundation.exit(exitCode(for: error).rawValue)
        }
    }
}

extension SourceSpecification {
    /// The name under which events of a source from the command line are stored.
    fileprivate var sourceName: String {
        switch self {
        case .alsa: "microphone"
        case .file(let path): printable(URL(fileURLWithPath: path).lastPathComponent)
        case .standardInput: "stdin"
        }
    }
}
