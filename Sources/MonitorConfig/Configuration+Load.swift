internal import Foundation
public import Rules
internal import SoundTypes
internal import Tracking

extension Configuration {
    /// The size of the largest file that is read.
    static let sizeLimit = 1 << 20

    /// Reads a file. Relative paths in it are relative to its directory.
    public static func load(path: String) throws(ConfigurationError) -> Configuration {
        try parse(text: text(path), file: path)
    }

    /// The text of a file.
    static func text(_ path: String) throws(ConfigurationError) -> String {
        let bytes = try contents(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError([notUTF8(bytes, path)])
        }
        return text
    }

    /// Parses a text. `file` appears in messages, and relative paths are relative to its directory.
    public static func parse(
        text: String, file: String
    ) throws(ConfigurationError) -> Configuration {
        let document = try Document(text: text, file: file)
        let reader = NodeReader(file: file, faults: document.faults)
        let configuration = reader.configuration(document.root)
        guard reader.faults.isEmpty else { throw ConfigurationError(reader.faults) }
        return configuration
    }

    /// Throws if the configuration names a label or a group of labels that the model does not know.
    /// Rules may also name the label of loud sounds if these are looked for.
    public func validate(labels: [String], groups: [String]) throws(ConfigurationError) {
        let faults =
            labelUses.compactMap { unknown($0, among: labels) }
            + groupUses.compactMap { unknown($0, among: Array(Set(groups)).sorted()) }
        guard faults.isEmpty else { throw ConfigurationError(faults) }
    }

    private func unknown(_ use: LabelUse, among labels: [String]) -> ConfigurationFault? {
        let isInRule = use.place == .rule
        let known = isInRule && loud != nil ? labels + [SoundEvent.loudLabel] : labels
        guard !known.contains(use.label) else { return nil }
        let isLoud = isInRule && use.label == SoundEvent.loudLabel
        let help = isLoud ? "it needs the section 'loud'" : hint(use.label, among: known)
        return ConfigurationFault(
            file: file, at: use.position, "unknown label '\(use.label)'; \(help)")
    }

    private func unknown(_ use: GroupUse, among groups: [String]) -> ConfigurationFault? {
        guard !groups.contains(use.group) else { return nil }
        let help = groups.isEmpty ? "the model has no groups" : hint(use.group, among: groups)
        return ConfigurationFault(
            file: file, at: use.position, "unknown group '\(use.group)'; \(help)")
    }

    /// Throws if the command of a rule cannot be started; `fault` says why not.
    public func validate(
        commands fault: (HookCommand) -> String?
    ) throws(ConfigurationError) {
        let faults = rules.flatMap { rule in
            rule.actions.compactMap { action -> ConfigurationFault? in
                guard case .run(let command) = action.kind, let why = fault(command) else {
                    return nil
                }
                return ConfigurationFault(
                    file: file, at: rulePlaces[rule.name]?.actions[action.name],
                    "rule '\(rule.name)': \(why)")
            }
        }
        guard faults.isEmpty else { throw ConfigurationError(faults) }
    }

    /// The labels that rules name.
    public var ruleLabels: Set<String> {
        rules.reduce(into: []) { $0.formUnion($1.condition.labels) }
    }

    private static func contents(_ path: String) throws(ConfigurationError) -> Data {
        do {
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            // Opening a named pipe would wait for its writer, and reading a device might never end.
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw unreadable(path, "it is not a regular file")
            }
            let handle = try FileHandle(forReadingFrom: url)
            let data = try handle.read(upToCount: sizeLimit + 1) ?? Data()
            try handle.close()
            return data
        } catch let error as ConfigurationError {
            throw error
        } catch {
            let reason = (error as NSError).localizedFailureReason
            throw unreadable(path, reason ?? error.localizedDescription)
        }
    }

    private static func unreadable(_ path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError([
            ConfigurationFault(file: path, at: nil, "cannot be read: " + reason)
        ])
    }

    /// The fault of a file that is not UTF-8, at the first line that is not.
    private static func notUTF8(_ bytes: Data, _ path: String) -> ConfigurationFault {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        let position = line.map { Position(line: $0 + 1, column: 1) }
        return ConfigurationFault(file: path, at: position, "this line is not UTF-8 text")
    }
}
