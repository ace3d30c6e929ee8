internal import ArgumentParser
internal import Control
internal import Foundation
internal import HostSystem
internal import Listings
internal import MonitorConfig

/// `monitorctl doctor`: what is wrong, and what to do about it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for whatever keeps the monitor from working, and say what to do.",
        discussion: """
            Looks at the configuration, the model and the taught sounds, the commands of rules, \
            the database and its disk, the running monitor and its service, the devices of the \
            sources (those that the monitor does not listen to are opened for half a second), the \
            groups of this user, the clock, and real-time priority. Each line is ok, a warning or \
            a fault, and what to do follows. It changes nothing.

            Examples:
              monitorctl doctor
              sudo monitorctl doctor                    sees what only root may see
              monitorctl doctor --quick                 without reading all of the database
              monitorctl doctor --format json | jq '.[] | select(.state != "ok")'

            JSON: an array of check, state (ok, warning, fault), text, remedy.

            Exit codes: 0 all is well, 1 there is something to do.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(
        help: ArgumentHelp(
            "The configuration of the monitor (default: \(Configuration.standardPath)).",
            valueName: "path"), completion: .file())
    var config: String?

    @Flag(help: "Do not read all of the database, and do not open devices.")
    var quick = false

    @Option(help: "How to write it.")
    var format = Format.text

    @OptionGroup var database: DatabaseOption

    func run() throws {
        let report = DoctorReport(findings())
        try StandardStream.output.write(format == .json ? report.json : report.text)
        guard report.isWell else { throw ExitCode(1) }
    }

    private func findings() -> [DoctorReport.Finding] {
        let read = ConfigurationDiagnosis(file: config)
        let configuration = read.configuration ?? Configuration()
        // The configuration has been reported by then; a fault of it is not said again.
        let path = database.given ?? Configuration.databaseInEnvironment ?? configuration.database
        let monitor = MonitorDiagnosis(database: path)
        let sources = monitor.status?.sources ?? []
        let heard = Set(sources.filter { $0.state == .heard }.map(\.name))
        var findings = read.findings
        findings += DatabaseDiagnosis(path: path, readsAll: !quick).findings
        findings += monitor.findings
        let unheard = configuration.sources.filter { !heard.contains($0.name) }
        if read.configuration != nil, !quick {
            findings += unheard.flatMap { DeviceDiagnosis($0).findings }
        }
        return findings + PermissionDiagnosis().findings
            + SystemDiagnosis(realtime: sources.compactMap(\.isRealtime)).findings
    }
}
