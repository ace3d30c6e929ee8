internal import Actions
internal import Foundation
internal import HostSystem
internal import Listings
internal import ModelFormat
internal import MonitorConfig
internal import SoundLevels
internal import Teaching

/// What is wrong with a configuration and the files that it names.
struct ConfigurationDiagnosis {
    /// `nil` if it has faults.
    private(set) var configuration: Configuration?
    private(set) var findings: [DoctorReport.Finding] = []

    /// - Parameter file: `nil`: that of the service, which need not exist
    init(file: String?) {
        let path = file ?? Configuration.standardPath
        guard file != nil || FileManager.default.fileExists(atPath: path) else {
            configuration = Configuration()
            findings = [
                .init("configuration", .ok, "there is no \(path); the defaults hold")
            ]
            lookAtFiles(Configuration())
            return
        }
        do throws(ConfigurationError) {
            let loaded = try Configuration.load(path: path)
            configuration = loaded
            let (rules, sources) = (loaded.rules.count, loaded.sources.count)
            findings = [
                .init(
                    "configuration", .ok,
                    "\(path): \(sources) source\(sources == 1 ? "" : "s"), \(rules) "
                        + "rule\(rules == 1 ? "" : "s")")
            ]
            lookAtFiles(loaded)
        } catch {
            findings = [
                .init(
                    "configuration", .fault, error.description,
                    remedy: "sudoedit \(path); monitord --check-config --config \(path)")
            ]
        }
    }

    private mutating func lookAtFiles(_ configuration: Configuration) {
        lookAtModel(configuration)
        for source in configuration.sources {
            guard let path = source.levels.microphoneCorrection else { continue }
            note("correction of \(source.name)", remedy: "ls -l \(path)") {
                _ = try MicrophoneResponse(path: path)
            }
        }
        lookAtCommands(configuration)
    }

    private mutating func lookAtModel(_ configuration: Configuration) {
        do {
            let model = try Model.named(configuration.model)
            let taught = TaughtFolder(path: configuration.taught).selection(for: model)
            findings.append(
                .init(
                    "model", .ok,
                    "\(configuration.model ?? "built in"): \(model.labels.count) labels"))
            findings += taught.warnings.map {
                .init("taught sounds", .warning, $0, remedy: "ls -l \(configuration.taught)")
            }
            if taught.warnings.isEmpty, !taught.labels.isEmpty {
                findings.append(
                    .init("taught sounds", .ok, taught.labels.joined(separator: ", ")))
            }
            note("labels", remedy: "monitorctl labels") {
                try configuration.validate(
                    labels: model.labels + taught.labels, groups: model.groups)
            }
        } catch {
            findings.append(
                .init(
                    "model", .fault, "\(error)",
                    remedy: "without `model` in the configuration, the built-in one is used"))
        }
    }

    private mutating func lookAtCommands(_ configuration: Configuration) {
        guard !configuration.rules.isEmpty else { return }
        do throws(ConfigurationError) {
            try configuration.validate(commands: { ProgramFault(of: $0)?.description })
            findings.append(.init("commands of rules", .ok, "each can be started"))
        } catch {
            findings.append(
                .init(
                    "commands of rules", .fault, error.description,
                    remedy: "chmod +x, or a path that exists; then monitorctl rules check"))
        }
    }

    /// Notes a fault; nothing if there is none.
    private mutating func note(_ check: String, remedy: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            findings.append(.init(check, .fault, "\(error)", remedy: remedy))
        }
    }
}
