internal import ArgumentParser
internal import HostSystem
internal import Listings
internal import ModelFormat
internal import MonitorConfig
internal import Teaching
internal import Tracking

/// `monitorctl labels`: what can be named, and how well.
struct LabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "List what the model can name, and what to expect of it.",
        discussion: """
            SENSITIVITY is the one in force, from --sensitivity, the configuration \
            (\(Configuration.standardPath) where it exists) or the model. The figures were \
            measured on recordings that the network had not been trained on: RECALL is the share \
            of sounds that became events; FALSE/DAY how many false alarms are to be expected in a \
            day with a thousand sounds, and the next column the 95 % confidence interval of that; \
            DELAY the median time from the onset of a sound to its announcement. Where the \
            configuration sets thresholds or lengths, no figures are known. A label of which even \
            the highest sensitivity finds less than 20 % is of little use.

            Examples:
              monitorctl labels
              monitorctl labels --sensitivity high
              monitorctl labels --config monitord.yaml
              monitorctl labels --format json | jq '.[] | select(.recall > 0.5)'

            JSON: an array of label, group, sensitivity (null: own settings, or none known), \
            recall, false_alarms_per_day, false_alarms_95, announce_delay_s, of_little_use.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: ArgumentHelp("List the labels of this model.", valueName: "path"))
    var model: String?

    @OptionGroup var trackingOptions: TrackingOptions

    @Option(help: "How to write the list.")
    var format = Format.table

    func run() throws {
        let configuration = try trackingOptions.configuration() ?? InstalledConfiguration.load()
        let model = try Model.named(self.model ?? configuration?.model)
        if let configuration {
            let taught = TaughtFolder(path: configuration.taught).selection(for: model)
            try configuration.validate(
                labels: model.labels + taught.labels, groups: model.groups)
        }
        let listing = LabelListing(
            model: model, tracking: trackingOptions.tracking(configuration))
        try StandardStream.output.write(format == .json ? listing.json : listing.text)
    }
}
