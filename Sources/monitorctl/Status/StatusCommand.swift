internal import AlertTypes
internal import ArgumentParser
internal import Control
internal import Database
internal import EventStore
internal import HostSystem
internal import Listings
internal import MonitorConfig
internal import Timekeeping

/// `monitorctl status`: how the running monitor is doing.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how the running monitor is doing.",
        discussion: """
            Asks the monitor that writes to the database: whether each source is heard and how far \
            behind, its level and the likeliest sounds of the last seconds, its last event, what \
            is missing and what happened to the device; what waits to be written; the alerts that \
            last and the commands that run; and, of the alerts of the last day, how long it took \
            from the sound to the command.

            The monitor listens at a socket: that of the service is \
            \(Configuration.controlSocket(of: Configuration().database)) or, of a monitor that was \
            started by hand, beside the database, with .sock at the end of its name. It takes \
            root, the user or the group of the monitor to ask.

            Examples:
              monitorctl status
              monitorctl status --watch
              monitorctl status --format json | jq '.sources[] | {name, state, behind_s}'

            JSON: one object, described in docs/status.md; with --watch a line each second.

            Exit codes: 0 it answered and every source is heard or has ended, 1 one cannot be \
            heard, 65 its answer is of another version, 69 no monitor runs, or no permission to \
            ask it, 75 it does not answer.
            """)

    /// What the latency is of.
    private static let latencyDays = 1.0

    @Flag(help: "Say it again each second, until Ctrl-C.")
    var watch = false

    @Option(help: "How to write it.")
    var format = AlertsShowCommand.Format.text

    @OptionGroup
    var database: DatabaseOption

    func run() throws {
        let path = database.path()
        let socket = Configuration.controlSocket(of: path)
        var isFirst = true
        repeat {
            if !isFirst { MonotonicClock.sleep(for: .seconds(1)) }
            var status = try MonitorStatus.ask(at: socket)
            status.soundToHook = latency(path)
            try StandardStream.output.write(text(of: status, isFirst: isFirst))
            isFirst = false
            guard watch || status.isEverySourceHeard else { throw ExitCode(1) }
        } while watch
    }

    private func text(of status: MonitorStatus, isFirst: Bool) -> String {
        switch format {
        case .json: return status.json + "\n"
        case .text:
            let isOnScreen = watch && StandardStream.output.terminalColumns != nil
            // ECMA-48: the cursor to the first place, and everything behind it erased.
            let beginning = isOnScreen ? "\u{1B}[H\u{1B}[J" : isFirst ? "" : "\n"
            return beginning + StatusText(status).text
        }
    }

    /// `nil` if there are no alerts, or if the database cannot be read: the monitor answers all the
    /// same.
    private func latency(_ path: String) -> Latency? {
        let since = UTCTime.now().adding(seconds: -Self.latencyDays * 86_400)
        do throws(StoreError) {
            let alerts = try EventReader(path: path).alertLatencies(since: since)
            return AlertStatistics(
                alerts.map { ($0.alert, $0.hookStartedAt) }, suppressions: []
            ).soundToHook
        } catch {
            StandardError.write("warning: how soon the rules told is not known: \(error)")
            return nil
        }
    }
}

extension MonitorStatus {
    fileprivate var isEverySourceHeard: Bool {
        sources.allSatisfy { [.heard, .ended, .opening].contains($0.state) && $0.fault == nil }
    }
}
