internal import ArgumentParser
internal import HostSystem
internal import Listings
internal import ModelFormat
internal import Teaching

/// `monitorctl taught`: what has been taught.
struct TaughtCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "taught",
        abstract: "List the taught sounds.",
        discussion: """
            RECALL is the share of the renditions of clips that was found in cross-validation. \
            STATE is stale where the sound was taught with another model than this one: monitord \
            passes it over until `monitorctl teach --refit` has fitted it anew.

            Examples:
              monitorctl taught
              monitorctl taught --format json | jq '.[] | select(.stale) | .label'

            JSON: an array with the fields of `monitorctl teach --format json`, and stale.
            """)

    @Option(help: ArgumentHelp("Stale is what does not fit this model.", valueName: "path"))
    var model: String?

    @OptionGroup var taught: TaughtOption

    @Option(help: "How to write the list.")
    var format = TeachCommand.Format.table

    func run() throws {
        let model = try Model.named(self.model)
        let folder = taught.folder
        let content = try folder.content()
        for fault in content.faults { StandardError.write("warning: \(fault)") }
        let listing = TaughtListing(sounds: content.sounds, model: model)
        try StandardStream.output.write(format == .json ? listing.json : listing.text)
        if content.labels.isEmpty, format == .table {
            StandardError.write("no sound was taught in \(folder.path)")
        }
    }
}
