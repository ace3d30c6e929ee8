internal import AlertTypes
internal import Control
internal import HostSystem

/// How the monitor is doing, for people.
struct StatusText {
    private let status: MonitorStatus

    init(_ status: MonitorStatus) {
        self.status = status
    }

    /// Lines, each with its end.
    var text: String {
        var lines = [head]
        for source in status.sources { lines += sourceLines(source) }
        lines += [storeLine, ruleLine]
        for alert in status.rules.alerts {
            lines.append("  alert \(alert.id)  \(alert.rule), for \(durationText(alert.age))")
        }
        if let latency = status.soundToHook { lines.append(line(latency)) }
        return lines.map { printable($0) + "\n" }.joined()
    }

    private var head: String {
        let share = status.uptime > 0 ? status.cpuTime / status.uptime * 100 : 0
        return "monitord \(status.pid)  up \(durationText(status.uptime)), "
            + "\(number(share, 1)) % of a core, \(number(status.residentMegabytes, 1)) MB, "
            + "model \(status.model)"
    }

    // MARK: Sources

    private func sourceLines(_ source: MonitorStatus.Source) -> [String] {
        var lines = ["\(source.name)  \(source.input): \(state(source))"]
        if let fault = source.fault { lines.append("  fault      \(fault)") }
        if let level = source.level, source.state == .heard {
            lines.append("  level      \(line(level))")
        }
        if !source.sounds.isEmpty, source.state == .heard {
            let sounds = source.sounds.map { "\($0.label) \(number($0.score, 2))" }
            lines.append("  sounds     \(sounds.joined(separator: ", "))")
        }
        if source.sampleRate != nil {
            lines.append("  events     \(events(source))")
            lines.append("  missing    \(missing(source))")
        }
        if !source.omits.isEmpty {
            lines.append("  LEFT OUT   \(leftOut(source)): the machine does not keep up")
        } else if !source.omitted.isEmpty {
            lines.append("  left out   \(lengths(source.omitted)): the machine did not keep up")
        }
        if let waiting = source.waiting, let room = source.room, source.state == .heard {
            lines.append("  buffer     \(number(waiting, 1)) of \(number(room, 0)) s are in use")
        }
        if let drift = source.drift {
            let direction = drift < 0 ? "slow" : "fast"
            lines.append("  clock      \(number(abs(drift), 1)) ppm too \(direction)")
        }
        let happened = [
            (source.overruns, "overruns"), (source.suspensions, "suspensions"),
            (source.disconnections, "disconnections"), (source.stalls, "stalls"),
            (source.reopens, "times reopened"), (source.clockSteps, "steps of the clock"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !happened.isEmpty {
            lines.append("  happened   \(happened.joined(separator: ", "))")
        }
        return lines
    }

    private func state(_ source: MonitorStatus.Source) -> String {
        switch source.state {
        case .opening: return "opened, nothing heard yet"
        case .heard:
            let rate = source.sampleRate.map { ", \($0) Hz" } ?? ""
            let since = source.heardFor.map { " for \(durationText(max(0, $0)))" } ?? ""
            let behind = source.behind.map { ", \(number($0, 1)) s behind" } ?? ""
            return "heard\(since)\(behind)\(rate)"
        case .lost: return "NOT HEARD: the device is lost; it is opened again and again"
        case .missing:
            return "NOT HEARD: it could not be opened; it is tried again and again"
        case .ended: return "has ended"
        }
    }

    private func line(_ level: MonitorStatus.Level) -> String {
        let unit =
            switch level.scale {
            case "calibrated": "dB"
            case "uncalibrated": "dB re full scale"
            default: "dB (\(level.scale))"
            }
        func shown(_ level: Double?) -> String { level.map { number($0, 1) } ?? "-" }
        return "LAeq \(shown(level.laeq)), LAFmax \(shown(level.lafMaximum)), "
            + "LCpeak \(shown(level.lcPeak)) \(unit)"
    }

    private func events(_ source: MonitorStatus.Source) -> String {
        guard let event = source.lastEvent else { return "none yet" }
        return "\(source.events), the last one \(event.id) \(event.label) "
            + "(\(number(event.confidence, 2))), \(durationText(event.age)) ago"
    }

    private func missing(_ source: MonitorStatus.Source) -> String {
        guard source.gaps > 0 else { return "nothing" }
        return "\(number(source.lost, 1)) s in \(source.gaps) gap\(source.gaps == 1 ? "" : "s") "
            + "(\(lengths(source.lostByCause)))"
    }

    private func leftOut(_ source: MonitorStatus.Source) -> String {
        source.omits.joined(separator: ", ")
            + (source.omitted.isEmpty ? "" : " (\(lengths(source.omitted)))")
    }

    /// The longest first.
    private func lengths(_ seconds: [String: Double]) -> String {
        seconds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \(number($0.value, 1)) s" }.joined(separator: ", ")
    }

    // MARK: The store and the rules

    private var storeLine: String {
        let waiting =
            switch status.store.waiting {
            case 0: "nothing waits"
            case 1: "1 change waits"
            case let count: "\(count) changes wait"
            }
        let messages = status.store.waitingMessages
        let behind = messages > 0 ? ", and \(messages) messages for it" : ""
        let trouble = status.store.isHeldUp ? "; IT CANNOT BE WRITTEN at the moment" : ""
        return "store  \(status.database): \(waiting)\(behind)\(trouble)"
    }

    private var ruleLine: String {
        let alerts = status.rules.alerts.count
        let lasting =
            alerts == 0
            ? "no alert lasts" : alerts == 1 ? "an alert lasts" : "\(alerts) alerts last"
        return "rules  \(status.rules.count), \(lasting); commands: \(status.hooks.running) "
            + "running, \(status.hooks.waiting) waiting"
            + (status.rules.waitingMessages > 0
                ? "; \(status.rules.waitingMessages) messages wait to be judged" : "")
    }

    private func line(_ latency: Latency) -> String {
        "sound to command, last day: p50 \(number(latency.p50, 2)) s, "
            + "p95 \(number(latency.p95, 2)) s, p99 \(number(latency.p99, 2)) s "
            + "(\(latency.count) alert\(latency.count == 1 ? "" : "s"))"
    }

    private func number(_ number: Double, _ places: Int) -> String {
        fixedPoint(number, places: places) ?? "-"
    }
}
