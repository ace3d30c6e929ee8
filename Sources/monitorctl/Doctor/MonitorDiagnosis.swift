internal import Control
internal import Foundation
internal import HostSystem
internal import Listings
internal import MonitorConfig

/// How the running monitor and its service are.
struct MonitorDiagnosis {
    private typealias Finding = DoctorReport.Finding

    /// `nil` if none answers.
    private(set) var status: MonitorStatus?
    private(set) var findings: [DoctorReport.Finding] = []

    /// - Parameter database: what it writes to
    init(database: String) {
        let service = SystemService(name: "monitord")
        do throws(ControlError) {
            let status = try MonitorStatus.ask(at: Configuration.controlSocket(of: database))
            self.status = status
            findings = [
                Finding(
                    "monitor", .ok,
                    "process \(status.pid) has been running for \(durationText(status.uptime))")
            ]
            findings += status.sources.map(Self.finding)
            if status.store.isHeldUp {
                // The file may not be there yet.
                let folder = DatabaseDiagnosis.folder(of: status.database)
                findings.append(
                    Finding(
                        "store", .fault, "\(status.store.waiting) changes cannot be written",
                        remedy: "df -h \(folder); sudo journalctl -u monitord -n 20"))
            }
        } catch {
            findings = [Self.finding(error, service)]
        }
        if let service { findings.append(Self.finding(service)) }
    }

    private static func finding(_ error: ControlError, _ service: SystemService?) -> Finding {
        switch error {
        case .notPermitted:
            Finding(
                "monitor", .warning, error.description,
                remedy: "sudo adduser $USER \(SystemUser.ofService), and log in again")
        case .misunderstood:
            Finding(
                "monitor", .warning, error.description, remedy: "sudo systemctl restart monitord")
        default:
            Finding(
                "monitor", .fault, error.description,
                remedy: service?.isInstalled == true
                    ? "sudo systemctl start monitord; systemctl status monitord"
                    : "monitord --live, in a terminal of its own")
        }
    }

    private static func finding(_ source: MonitorStatus.Source) -> Finding {
        let check = "source \(source.name)"
        let why = source.fault.map { ": \($0)" } ?? ""
        switch source.state {
        case .heard:
            guard source.level?.laeq != nil || source.level == nil else {
                return Finding(
                    check, .fault, "heard, but it is digital silence",
                    remedy: "a switch on the microphone, `channel` of the source, or alsamixer")
            }
            let level = source.level?.laeq.flatMap { fixedPoint($0, places: 1) }
            let unit = source.level?.scale == "uncalibrated" ? "dB re full scale" : "dB"
            return Finding(check, .ok, "heard" + (level.map { ", LAeq \($0) \(unit)" } ?? ""))
        case .opening: return Finding(check, .ok, "opened, nothing heard yet")
        case .ended:
            return Finding(check, source.fault == nil ? .ok : .warning, "has ended" + why)
        case .lost, .missing:
            return Finding(
                check, .fault, "not heard" + why, remedy: "plug it in; monitorctl devices")
        }
    }

    private static func finding(_ service: SystemService) -> Finding {
        guard service.isInstalled else {
            return Finding("service", .ok, "monitord is not installed as a service of systemd")
        }
        let state = service["ActiveState"]
        guard state == "active" else {
            return Finding(
                "service", .fault,
                "it is \(state)\(service.exitStatus.map { ", and ended with \($0)" } ?? "")",
                remedy: "sudo systemctl start monitord; sudo journalctl -u monitord -n 20")
        }
        guard service["UnitFileState"] != "disabled" else {
            return Finding(
                "service", .warning, "it runs, but is not started at boot",
                remedy: "sudo systemctl enable monitord")
        }
        return Finding("service", .ok, "it runs, and is started at boot")
    }
}

/// A service, as systemd describes it.
struct SystemService {
    private let properties: [Substring: Substring]

    /// `nil` where systemd does not run.
    init?(name: String) {
        guard FileManager.default.fileExists(atPath: "/run/systemd/system") else { return nil }
        let command =
            "systemctl show \(name) -p LoadState,ActiveState,UnitFileState,ExecMainStatus 2>&1"
        guard let output = SystemService.output(of: command) else { return nil }
        self.init(text: output)
    }

    /// - Parameter text: lines of a name, "=" and a value
    init(text: String) {
        properties = text.split(separator: "\n").reduce(into: [:]) { result, line in
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { result[parts[0]] = parts[1] }
        }
    }

    subscript(_ name: Substring) -> String { properties[name].map { String($0) } ?? "unknown" }

    var isInstalled: Bool { self["LoadState"] == "loaded" }

    /// The exit code of its last run, unless that is 0.
    var exitStatus: Int? { Int(self["ExecMainStatus"]).flatMap { $0 == 0 ? nil : $0 } }

    private static func output(of command: String) -> String? {
        // SAFETY: two constant strings; the stream is closed below, once.
        guard let stream = unsafe popen(command, "r") else { return nil }
        defer { unsafe pclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        // SAFETY: the array is as long as the call is told.
        let count = unsafe fread(&bytes, 1, bytes.count, stream)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
