internal import Formats
internal import HostSystem
public import Teaching
internal import Timekeeping

/// What teaching a sound found out about it.
public struct TeachingReport: Sendable {
    public var sound: TaughtSound
    /// Where it is stored.
    public var folder: String
    public var isStored: Bool

    public init(sound: TaughtSound, folder: String, isStored: Bool) {
        self.sound = sound
        self.folder = folder
        self.isStored = isStored
    }

    /// One JSON object.
    public var json: String { JSONValue.object(Self.members(sound)).text + "\n" }

    /// One JSON array with one object per line.
    public static func json(of reports: [TeachingReport]) -> String {
        JSONValue.lines(reports.map { JSONValue.object(members($0.sound)).text })
    }

    /// The verdict, then one line per figure.
    public var text: String {
        let figures = sound.figures
        let found = figures.found.map(String.init).joined(separator: " ")
        let confusions = figures.confusions.map {
            "\(printable($0.name)) \(Self.percent($0.share))"
        }
        var lines = [
            "\(sound.label) separates \(verdict)",
            "clips          \(figures.found.count), in \(figures.renditions) renditions each",
            "found          \(Self.percent(figures.recall)) of the renditions, when the clip was "
                + "left out; by clip: \(found)",
            "threshold      \(fixedPoint(Double(sound.head.thresholds.on), places: 2) ?? "-")",
            "false alarms   \(Self.percent(figures.falseShare)) of the background, about "
                + "\(Int(figures.alarmsPerHour.rounded(.up))) an hour in sound like it",
            "confused with  \(confusions.isEmpty ? "nothing" : confusions.joined(separator: ", "))",
        ]
        if !figures.sameSounds.isEmpty {
            let names = figures.sameSounds.map(printable).joined(separator: ", ")
            lines.append("left out       \(names): in the background it is the same sound")
        }
        if let mistaken = figures.mistaken, let share = figures.mistakenShare {
            lines.append(
                "marked wrong   \(mistaken.count), of whose renditions \(Self.percent(share)) "
                    + "still pass, when the event was left out")
        }
        lines.append(
            isStored
                ? "stored         in \(printable(folder)); "
                    + "restart monitord to listen for it"
                : "stored         no, this was a dry run")
        return lines.joined(separator: "\n") + "\n"
    }

    private var verdict: String {
        switch sound.figures.verdict {
        case .well: "well"
        case .fairly where sound.figures.isTooCommon, .weakly where sound.figures.isTooCommon:
            "\(sound.figures.verdict.rawValue): much else passes for it; allow less "
                + "(--false-alarms), or mark what is wrong and teach that (--marked)"
        case .fairly: "fairly; more clips of other occasions may help (--add)"
        case .weakly: "weakly: teach more clips of other occasions (--add), or a clearer sound"
        }
    }

    static func percent(_ share: Double) -> String {
        "\(fixedPoint(100 * share, places: 1) ?? "-") %"
    }

    static func members(_ sound: TaughtSound) -> [(key: String, value: JSONValue)] {
        let figures = sound.figures
        return [
            ("label", .string(sound.label)),
            ("clips", .integer(Int64(figures.found.count))),
            ("renditions", .integer(Int64(figures.renditions))),
            ("found", .array(figures.found.map { .integer(Int64($0)) })),
            ("recall", .decimal(figures.recall, places: 4)),
            ("on", .decimal(Double(sound.head.thresholds.on), places: 4)),
            ("off", .decimal(Double(sound.head.thresholds.off), places: 4)),
            ("false_share", .decimal(figures.falseShare, places: 5)),
            ("alarms_per_hour", .decimal(figures.alarmsPerHour, places: 1)),
            (
                "confusions",
                .array(
                    figures.confusions.map {
                        .object([
                            ("name", .string($0.name)), ("share", .decimal($0.share, places: 4)),
                        ])
                    })
            ),
            ("same_sounds", .array(figures.sameSounds.map { .string($0) })),
            ("marked_wrong", .integer(Int64(figures.mistaken?.count ?? 0))),
            ("mistaken_share", figures.mistakenShare.map { .decimal($0, places: 4) } ?? .null),
            ("verdict", .string(figures.verdict.rawValue)),
            ("taught", .string(sound.taught.rfc3339)),
        ]
    }
}
