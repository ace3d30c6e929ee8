internal import ArgumentParser
internal import Capture
internal import HostSystem
internal import Listings
internal import SourceTypes

/// `monitorctl devices`: which microphones there are.
struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: "List the microphones that there are, and how loud it is at each.",
        discussion: """
            Of each capture device: what to write into the configuration, as `input` of a source; \
            what it offers; and the level of each channel, for which it is listened to for half a \
            second. Speak or clap: the bar that moves is your microphone. A device that another \
            program has open cannot be listened to; who has it is said where the kernel tells it.

            The name of a USB microphone is that of its maker with its serial number \
            (alsa:by-id/...) or, where two have the same, the port (alsa:by-path/...): it stays \
            the same when the numbers of the cards change. Devices that the configuration of \
            libasound defines, such as default, come last.

            Examples:
              monitorctl devices
              monitorctl devices --no-levels
              monitorctl devices --format json | jq -r '.[].source'

            JSON: an array of source, device, pcm, of_card, formats, rates, channels_min, \
            channels_max, levels (leq_dbfs, peak_dbfs, changing; of each channel), in_use, holder \
            (pid, program), fault.

            Exit codes: 0 there is a device that can be used or is in use, 69 there is none.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    private static let seconds = 0.5

    @Flag(help: "Do not listen to the devices.")
    var noLevels = false

    @Option(help: "How to write the list.")
    var format = Format.text

    func run() throws {
        let rows = try CaptureDevice.all().map(row)
        let listing = DeviceListing(rows)
        try StandardStream.output.write(format == .json ? listing.json : listing.text)
        let isUsable = rows.contains { $0.abilities != nil || $0.isInUse }
        guard isUsable else { throw DeviceAdvice(refusals: rows.compactMap(\.fault)) }
    }

    private func row(_ device: CaptureDevice) -> DeviceListing.Row {
        var row = DeviceListing.Row(device: device)
        do throws(CaptureError) {
            let abilities = try device.abilities()
            row.abilities = abilities
            if !noLevels { row.channels = try device.measure(abilities, seconds: Self.seconds) }
        } catch {
            row.fault = error
        }
        return row
    }
}
