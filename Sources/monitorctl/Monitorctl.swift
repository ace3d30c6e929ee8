internal import ArgumentParser
internal import Glibc
internal import HostSystem

/// The whole of the program `monitorctl`, up to its exit code.
public func runMonitorctl() {
    Monitorctl.main()
}

/// The tool for querying the monitor.
struct Monitorctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitorctl",
        abstract: "Ask what the sound monitor heard.",
        discussion: """
            Examples:
              monitorctl devices                        which microphones there are
              monitorctl doctor                         what is wrong, and what to do
              monitorctl listen                         what a microphone hears now
              monitorctl status                         how the monitor is doing now
              monitorctl events                         what was heard within a day
              monitorctl events --label dog_bark        the dogs of the last day
              monitorctl events --follow                each event when it ends
              monitorctl levels --since 1h              how loud it was
              monitorctl coverage                       how much was heard each day
              monitorctl report --day yesterday         a noise report
              monitorctl explain 17                     why event 17 got its label
              monitorctl labels                         what can be named, and how well
              monitorctl alerts                         what the rules told
              monitorctl hooks --failed                 which commands of rules failed
              monitorctl rules replay new.yaml          what other rules would have told
              monitorctl db backup /mnt/usb             a copy of all that is stored
            """,
        version: programVersion,
        subcommands: [
            EventsCommand.self, LevelsCommand.self, CoverageCommand.self, ReportCommand.self,
            AnalyzeCommand.self,
            ScoresCommand.self, ExplainCommand.self, LabelsCommand.self, CalibrateCommand.self,
            TeachCommand.self, TaughtCommand.self, ForgetCommand.self, MarkCommand.self,
            AlertsCommand.self, SilenceCommand.self, AckCommand.self, HooksCommand.self,
            RulesCommand.self, ReloadCommand.self, StatusCommand.self, DevicesCommand.self,
            DoctorCommand.self, ListenCommand.self, DbCommand.self,
        ])

    static func main() {
        StandardStream.ignoreSignals()
        do {
            var command = try parseAsRoot(programArguments())
            try command.run()
        } catch {
            end(with: error)
        }
    }

    /// Ends the program with the exit code of an error: the one place where that happens.
    /// docs/exit-codes.md lists the codes.
    static func end(with error: any Error) -> Never {
        switch error {
        case OutputError.closed:
            // Whoever read the output has seen enough: `monitorctl events | head`.
            Glibc.exit(ExitStatus.ok.rawValue)
        case let error as ExitCode:
            // What is wrong was said.
            Glibc.exit(error.rawValue)
        case let error as any ExitStatusProviding:
            StandardError.write("error: \(error)")
            Glibc.exit(error.exitStatus.rawValue)
        default:
            guard exitCode(for: error) != .success else { exit(withError: error) }
            StandardStream.error.offer(printableLines(fullMessage(for: error)) + "\n")
            Glibc.exit(exitCode(for: error).rawValue)
        }
    }
}
