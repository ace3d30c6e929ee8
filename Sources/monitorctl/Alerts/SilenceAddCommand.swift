internal import AlertTypes
internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import Timekeeping

/// `monitorctl silence add`: rules tell nothing for a while.
struct SilenceAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Keep rules from telling anything for a while.",
        discussion: """
            With several of --rule, --label and --source, a silence is for what meets all of them. \
            With none of them it silences everything.

            Examples:
              monitorctl silence add --for 30m
              monitorctl silence add --rule siren-alert --for 2h --comment "fire drill"
              monitorctl silence add --label fireworks --until "2027-01-01 06:00"
              monitorctl silence add --source yard --from 22:00 --for 8h
            """)

    /// A day more than any year has, in seconds.
    private static let longestSeconds = 367.0 * 86_400
    private static let acceptedTextLength = 1...1_000

    @Option(help: ArgumentHelp("Only this rule.", valueName: "name"))
    var rule: String?

    @Option(help: ArgumentHelp("Only alerts about this label.", valueName: "name"))
    var label: String?

    @Option(help: ArgumentHelp("Only alerts about this source.", valueName: "name"))
    var source: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long: 30m, 2h, 1h30m, 1d, at most 367d.", valueName: "length"))
    var length: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("When it ends, in place of --for.", valueName: "time"))
    var until: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("When it begins (default: now).", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var comment: String?

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        _ = try silence(now: .now())
        for (option, text) in [
            ("--rule", rule), ("--label", label), ("--source", source), ("--comment", comment),
        ] {
            try Self.checkLength(option, text)
        }
    }

    func run() throws {
        let path = database.path()
        let silence = try silence(now: .now())
        try warn(EventReader(path: path))
        let added = try SilenceWriter(path: path).add(silence)
        try StandardStream.output.write(added.summary + "\n")
    }

    /// The same for every text of the owner's.
    static func checkLength(_ option: String, _ text: String?) throws {
        guard let count = text?.utf8.count, !acceptedTextLength.contains(count) else { return }
        throw ValidationError("\(option) has \(count) bytes; accepted: 1 to 1000")
    }
}

extension SilenceAddCommand {
    private func silence(now: UTCTime) throws -> Silence {
        let start = try from.map { try TimeOption.parse("--from", $0, now: now) } ?? now
        let end = try end(start: start, now: now)
        guard end > now else {
            throw ValidationError(
                "the silence would be over at \(end.localDescription), before now")
        }
        guard end > start else {
            throw ValidationError(
                "--until (\(end.localDescription)) is not later than the beginning "
                    + "(\(start.localDescription))")
        }
        return Silence(
            id: 0, createdAt: now, startsAt: start, endsAt: end, rule: rule, label: label,
            source: source, comment: comment ?? "")
    }

    private func end(start: UTCTime, now: UTCTime) throws -> UTCTime {
        switch (length, until) {
        case (let length?, nil):
            guard let seconds = Lengths.seconds(length), seconds > 0,
                seconds <= Self.longestSeconds
            else {
                throw ValidationError(
                    "--for \(length) is not a length of time up to 367d; write 30m, 2h, 1h30m, 1d")
            }
            return start.adding(seconds: seconds)
        case (nil, let until?): return try TimeOption.parse("--until", until, now: now)
        default: throw ValidationError("say how long with either --for or --until")
        }
    }

    private func warn(_ reader: EventReader) throws {
        guard rule != nil || label != nil || source != nil else { return }
        let configuration = InstalledConfiguration.load()
        if rule != nil {
            KnownNames.warn("rule", rule, known: try KnownNames.rules(reader, configuration))
        }
        if label != nil {
            KnownNames.warn("label", label, known: try KnownNames.labels(reader, configuration))
        }
        if source != nil {
            KnownNames.warn("source", source, known: try KnownNames.sources(reader, configuration))
        }
    }
}
