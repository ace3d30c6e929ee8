internal import EventStore
internal import ModelFormat
internal import MonitorConfig
internal import Rules
internal import SoundTypes
internal import Teaching

/// Names that a silence or a list of alerts may give. A misspelt one matches nothing; this says so.
enum KnownNames {
    static func warn(_ kind: String, _ name: String?, known: [String]) {
        guard let name, !known.contains(name) else { return }
        let list = known.isEmpty ? "none yet" : known.joined(separator: ", ")
        StandardError.write("warning: no \(kind) \"\(name)\" is known; known: \(list)")
    }

    /// The rules of the database and of a configuration.
    static func rules(
        _ reader: EventReader, _ configuration: Configuration?
    ) throws -> [String] {
        let configured = configuration?.rules.map(\.name) ?? []
        return try Set(reader.rulesOnRecord() + configured).sorted()
    }

    /// The sources of the database and of a configuration.
    static func sources(
        _ reader: EventReader, _ configuration: Configuration?
    ) throws -> [String] {
        let configured = configuration?.sources.map(\.name) ?? []
        return try Set(reader.knownSources() + configured).sorted()
    }

    /// The labels of the database, of the model and of taught sounds.
    static func labels(
        _ reader: EventReader, _ configuration: Configuration?
    ) throws -> [String] {
        let model = try Model.named(configuration?.model)
        let taught = TaughtFolder(path: (configuration ?? Configuration()).taught)
        let labels = model.labels + taught.selection(for: model).labels + [SoundEvent.loudLabel]
        return try Set(reader.knownLabels() + labels).sorted()
    }
}
