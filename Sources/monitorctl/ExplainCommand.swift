internal import ArgumentParser
internal import EventStore
internal import Explanation
internal import Foundation
internal import HostSystem
internal import Images
internal import Listings
internal import ModelFormat
internal import MonitorConfig
internal import SoundTypes
internal import Teaching
internal import Tracking

/// `monitorctl explain`: why a sound was given its name, or was not.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why a sound was given its label, in numbers and as an image.",
        discussion: """
            The scores around the moment, the thresholds in force, the strongest other labels, and \
            which bands and times the score hangs on: parts of the spectrogram are covered, the \
            network hears it again, and what the score loses is what the part was worth.

            Of a recording, the label of the surest event is explained at the moment where it is \
            strongest; --label and --at choose others. An event is named by its id, which \
            `monitorctl events` lists. A name of digits that is no file is an event.

            The image is a PNG, in the current directory: NAME.explain.png of a recording, \
            event-ID.png of an event. --picture - writes it to standard output, and nothing else. \
            A file that is there is replaced only with --force.

            Examples:
              monitorctl explain street.flac
              monitorctl explain street.flac --label siren --at 1:07.5 --picture siren.png
              monitorctl explain 17
              monitorctl explain 17 --no-picture --json | jq '.occlusion.bands'
            """)

    @Argument(
        help: ArgumentHelp(
            "A recording (WAV, FLAC or Ogg, 16 to 192 kHz), or the id of an event.",
            valueName: "file-or-event"),
        completion: .file())
    var subject: String?

    @Option(help: ArgumentHelp("The event with this id.", valueName: "id"))
    var event: Int64?

    @Option(help: ArgumentHelp("Explain this label of a recording.", valueName: "name"))
    var label: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Explain this moment of a recording: 12.5 or 1:07.5.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("The channel to listen to, from 1.", valueName: "number"))
    var channel: Int?

    @Option(help: ArgumentHelp("Recognise with this model.", valueName: "path"))
    var model: String?

    @OptionGroup
    var trackingOptions: TrackingOptions

    @Option(help: ArgumentHelp("Where to write the image.", valueName: "file"))
    var picture: String?

    @Flag(help: "Make no image.")
    var noPicture = false

    @Flag(help: "Replace an image that is there.")
    var force = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup
    var taught: TaughtOption

    @OptionGroup
    var database: DatabaseOption

    /// What is to be explained.
    enum Subject {
        case recording(String)
        case event(Int64)
    }

    func validate() throws {
        guard (subject == nil) != (event == nil) else {
            throw ValidationError("name either a recording, an event, or --event with an id")
        }
        if let channel, channel < 1 {
            throw ValidationError("--channel \(channel) is not 1 or more")
        }
        if let at { _ = try RecordingTime.parse("--at", at) }
        if noPicture, picture != nil {
            throw ValidationError("--no-picture and --picture exclude each other")
        }
        if json, picture == "-" {
            throw ValidationError("--picture - writes nothing but the image, so no --json")
        }
        if picture?.isEmpty == true { throw ValidationError("--picture needs the name of a file") }
        if case .event = chosen {
            let options = [
                ("label", label), ("at", at), ("config", trackingOptions.config),
                ("sensitivity", trackingOptions.sensitivity?.rawValue),
                ("channel", channel.map(String.init)), ("taught", taught.given),
            ]
            if let (name, _) = options.first(where: { $0.1 != nil }) {
                throw ValidationError("--\(name) is for recordings, and this is an event")
            }
        }
    }

    func run() throws {
        let target = try imageTarget()
        let explanation =
            switch chosen {
            case .recording(let path): try explanation(ofRecording: path)
            case .event(let id): try explanation(ofEvent: id)
            }
        let image = try target.map { _ in try ExplanationImage(explanation).canvas.png() }
        let report = ExplanationReport(explanation)
        if target != .standardOutput {
            try StandardStream.output.write(json ? report.json : report.text)
        }
        guard let image else { return }
        try target?.write(image)
    }

    private func explanation(ofRecording path: String) throws -> Explanation {
        let configuration = try trackingOptions.configuration()
        let model = try Model.named(self.model ?? configuration?.model)
        let selection = taught.selection(for: model, configuration: configuration)
        try configuration?.validate(
            labels: model.labels + selection.labels, groups: model.groups)
        let progress = Progress()
        defer { progress.clear() }
        return try RecordingExplanation(
            path: path, channel: channel ?? 1, model: model, taught: selection.sounds,
            tracking: trackingOptions.tracking(configuration),
            onProgress: { progress.show(seconds: $0) }
        ).make(label: label, at: at.map { try RecordingTime.parse("--at", $0) })
    }

    private func explanation(ofEvent id: Int64) throws -> Explanation {
        let reader = try EventReader(path: database.path())
        let parts = try reader.parts(ofEvent: id)
        guard !parts.isEmpty else { throw ExplainError.noEvent(id: id, path: reader.path) }
        return try EventExplanation(model: Model.named(model)).make(
            parts: parts, picture: reader.picture(ofEvent: id))
    }

    private var chosen: Subject {
        if let event { return .event(event) }
        let name = subject ?? ""
        let isNumber = !name.isEmpty && name.allSatisfy { $0.isASCII && $0.isNumber }
        if isNumber, !FileManager.default.fileExists(atPath: name), let id = Int64(name) {
            return .event(id)
        }
        return .recording(name)
    }

    /// Where the image goes; determined before anything is computed.
    private func imageTarget() throws -> ImageTarget? {
        if noPicture { return nil }
        if picture == "-" { return .standardOutput }
        let usual =
            switch chosen {
            case .recording(let path):
                URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
                    + ".explain.png"
            case .event(let id): "event-\(id).png"
            }
        let path = picture ?? usual
        if !force, FileManager.default.fileExists(atPath: path) {
            throw ReportFileError(
                path: path,
                reason: "it is there already; --force replaces it, --picture names another")
        }
        return .file(path)
    }
}

/// Where an image goes.
enum ImageTarget: Equatable {
    case standardOutput
    case file(String)

    func write(_ image: [UInt8]) throws {
        switch self {
        case .standardOutput: try StandardStream.output.write(image)
        case .file(let path):
            try ReportFile(path: path).write(image)
            StandardError.write("the image is \(path)")
        }
    }
}
