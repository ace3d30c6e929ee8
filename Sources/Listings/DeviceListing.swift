public import Capture
internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SourceTypes

/// The capture devices that there are, each with what it offers and how loud it is there.
public struct DeviceListing: Sendable {
    /// What was found out about a device.
    public struct Row: Sendable {
        public var device: CaptureDevice
        /// `nil` if it could not be opened.
        public var abilities: DeviceAbilities?
        /// None if it was not listened to.
        public var channels: [ChannelMeasurement] = []
        /// Why something is missing.
        public var fault: CaptureError?

        public init(device: CaptureDevice) {
            self.device = device
        }

        /// Whether another program has it open.
        public var isInUse: Bool { fault?.isBusy == true }
    }

    private let rows: [Row]

    public init(_ rows: [Row]) {
        self.rows = rows
    }

    // MARK: For people

    /// A paragraph for each device, which begins with what to write into the configuration.
    public var text: String {
        rows.map { row in
            let lines = [printable(row.device.source.description)] + details(row).map { "  " + $0 }
            return lines.map { $0 + "\n" }.joined()
        }.joined(separator: "\n")
    }

    private func details(_ row: Row) -> [String] {
        let title = row.device.title.map { printable($0) + " " } ?? ""
        var lines = ["device     \(title)(\(printable(row.device.pcmName)))"]
        if let abilities = row.abilities { lines.append("offers     " + offer(abilities)) }
        for (index, channel) in row.channels.enumerated() {
            let name = "channel \(index + 1)"
            lines.append(name.padding(11) + Self.text(channel))
        }
        if row.isInUse {
            lines.append("in use     " + use(row.device.holder))
        } else if let fault = row.fault {
            lines.append("fault      " + printable(fault.message))
        }
        return lines
    }

    private func offer(_ abilities: DeviceAbilities) -> String {
        let (least, most) = (abilities.leastChannels, abilities.mostChannels)
        let channels =
            least == most
            ? "\(most) channel\(most == 1 ? "" : "s")" : "\(least) to \(most) channels"
        let rates = abilities.rates.map(String.init).joined(separator: ", ")
        let formats = abilities.formats.map(\.rawValue).joined(separator: ", ")
        return [
            channels, rates.isEmpty ? "none of the usual rates" : rates + " Hz",
            formats.isEmpty ? "no format that can be read" : formats,
        ].joined(separator: "; ")
    }

    private func use(_ holder: DeviceHolder?) -> String {
        guard let holder else { return "by another program, so how loud it is is not known" }
        return holder.isMonitor
            ? "by \(holder.description): monitorctl status says what it hears"
            : "by \(printable(holder.description)), so how loud it is is not known"
    }

    /// The level of a channel with a bar: `-42.3 dB re full scale  [####------]`.
    public static func text(_ channel: ChannelMeasurement) -> String {
        guard channel.power > 0 else { return "digital silence" }
        guard channel.isChanging else { return "no change: dead or muted" }
        let level = Decibels.level(power: channel.power)
        let text = fixedPoint(level, places: 1) ?? "-"
        let clipped = channel.peak >= clippedPeak ? "  clipped" : ""
        return "\(text.padding(6)) dB re full scale  [\(levelBar(level, width: 30))]\(clipped)"
    }

    /// Samples of this magnitude are full scale.
    private static let clippedPeak = 0.999

    // MARK: JSON

    /// One JSON array with one object per line.
    public var json: String { JSONValue.lines(rows.map { object($0).text }) }

    private func object(_ row: Row) -> JSONValue {
        .object([
            ("source", .string(row.device.source.description)),
            ("device", row.device.title.map { .string($0) } ?? .null),
            ("pcm", .string(row.device.pcmName)),
            ("of_card", .boolean(row.device.isOfCard)),
            ("formats", .array(row.abilities?.formats.map { .string($0.rawValue) } ?? [])),
            ("rates", .array(row.abilities?.rates.map { .integer(Int64($0)) } ?? [])),
            ("channels_min", count(row.abilities?.leastChannels)),
            ("channels_max", count(row.abilities?.mostChannels)),
            ("levels", .array(row.channels.map(object))),
            ("in_use", .boolean(row.isInUse)),
            (
                "holder",
                row.device.holder.map { holder in
                    .object([
                        ("pid", .integer(Int64(holder.pid))),
                        ("program", holder.program.map { .string($0) } ?? .null),
                    ])
                } ?? .null
            ),
            ("fault", row.fault.map { .string($0.message) } ?? .null),
        ])
    }

    private func count(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }

    private func object(_ channel: ChannelMeasurement) -> JSONValue {
        .object([
            ("leq_dbfs", .decimal(Decibels.level(power: channel.power), places: 1)),
            ("peak_dbfs", .decimal(Decibels.level(power: channel.peak * channel.peak), places: 1)),
            ("changing", .boolean(channel.isChanging)),
        ])
    }
}

/// A bar from -90 to 0 dB re full scale.
public func levelBar(_ level: Double, width: Int) -> String {
    let range = -90.0...0
    let share = (max(range.lowerBound, min(level, 0)) - range.lowerBound) / -range.lowerBound
    let filled = Int((share * Double(width)).rounded())
    return String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
}

extension String {
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
