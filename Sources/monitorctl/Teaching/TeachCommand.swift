internal import ArgumentParser
internal import EventStore
internal import HostSystem
internal import Listings
internal import ModelFormat
internal import Teaching

/// `monitorctl teach`: a new sound from a few clips.
struct TeachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teach",
        abstract: "Teach a new sound from a few clips.",
        discussion: """
            Give \(Lesson.minimumClips) or more clips of the sound, of different occasions, each \
            \(Lesson.acceptedSeconds.lowerBound) to \(Lesson.acceptedSeconds.upperBound) s long. \
            The part of a clip that is louder than its rest counts as the sound; of a steady sound \
            all of it. Copies of the clips are kept, so that more can be added and the sound can \
            be fitted again to another model.

            With --marked, stored events count as clips: those that `monitorctl mark` says were \
            the sound. Events of the sound that are marked wrong show what it is not. Only what \
            was kept of an event is looked at (up to 4 s of its spectrogram), at most the \
            \(Lesson.maximumMarked) newest of either kind.

            Clips and events replace those that the sound was taught with before, unless --add \
            is given.

            The result says how many renditions of clips are found by a head that had not heard \
            the clip: as it is, and in noise of 0 to 30 dB below. The threshold is one that no \
            more than the share --false-alarms of the background set reaches, raised where that \
            loses no rendition. The verdict counts what is found and what else passes for it. \
            Other labels stay as they are. A running monitord looks for the sound after a restart.

            Examples:
              monitorctl teach doorbell ring*.wav
              monitorctl teach doorbell another-ring.wav --add
              monitorctl mark 43 wrong --label doorbell
              monitorctl teach doorbell --marked --add
              monitorctl teach doorbell ring*.wav --dry-run --format json | jq .recall
              monitorctl teach --refit                 after a change of the model
              monitorctl taught                        what was taught
              monitorctl forget doorbell

            JSON, of --refit an array: label, clips, renditions, found (renditions found, by \
            clip), recall, on, off (thresholds), false_share, alarms_per_hour (at most, in sound \
            like the background), confusions (name, share), same_sounds (left out of the \
            background), marked_wrong (events), mistaken_share (of their renditions, that still \
            pass), verdict (well, fairly, weakly), taught.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Argument(help: "What the sound is called: a-z, 0-9 and _, a letter first.")
    var label: String?

    @Argument(help: "Recordings of the sound: WAV, FLAC or Ogg.", completion: .file())
    var clips: [String] = []

    @Flag(help: "Add these clips to those that the sound was taught with.")
    var add = false

    @Flag(help: "Learn from the stored events that were marked, too.")
    var marked = false

    @Flag(help: "Fit all taught sounds anew, to the clips that were kept.")
    var refit = false

    @Flag(help: "Say how well it separates, and store nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("The channel of the clips, from 1.", valueName: "number"))
    var channel = 1

    @Option(
        help: ArgumentHelp(
            "The share of the background that may pass for the sound, in percent.",
            valueName: "percent"))
    var falseAlarms = 100 * HeadFitter.usualFalseShare

    @Option(
        help: ArgumentHelp(
            "Teach this model; its background set is beside it, in path.background.",
            valueName: "path"))
    var model: String?

    @OptionGroup var taught: TaughtOption

    @OptionGroup var database: DatabaseOption

    @Option(help: "How to write the result.")
    var format = Format.table

    func validate() throws {
        let accepted = HeadFitter.acceptedFalseShares
        guard accepted.contains(falseAlarms / 100) else {
            throw ValidationError(
                "--false-alarms \(falseAlarms) is not from \(100 * accepted.lowerBound) to "
                    + "\(100 * accepted.upperBound) percent")
        }
        guard channel >= 1 else { throw ValidationError("--channel \(channel) is not 1 or more") }
        if refit {
            guard label == nil, !add, !marked else {
                throw ValidationError(
                    "--refit goes with neither a label, clips, --add nor --marked")
            }
        } else {
            guard label != nil else {
                throw ValidationError("a label, and clips or --marked, are missing")
            }
        }
    }

    func run() throws {
        let model = try Model.named(self.model)
        let builder = TaughtSoundBuilder(
            model: model, background: try BackgroundSet(of: model, at: self.model),
            folder: taught.folder, falseShare: falseAlarms / 100, isDryRun: dryRun,
            onWarning: { StandardError.write("warning: \($0)") },
            onProgress: StandardError.show)
        if refit {
            try refit(builder)
        } else if let label {
            let report = try teach(label, builder)
            try write(format == .json ? report.json : report.text)
        }
    }

    private func teach(_ label: String, _ builder: TaughtSoundBuilder) throws -> TeachingReport {
        try TaughtSound.check(label: label, model: builder.model)
        let paths = clips.map { (path: $0, channel: channel) }
        let kept = try add ? builder.folder.clips(label).map { (path: $0, channel: 1) } : []
        var events = try add ? builder.folder.marked(label) : []
        if marked {
            let reader = try EventReader(path: database.path())
            events = try MarkedEvents(reader: reader, label: label).sounds(kept: events)
        }
        return TeachingReport(
            sound: try builder.teach(label, clips: kept + paths, marked: events),
            folder: builder.folder.path, isStored: !dryRun)
    }

    /// Fits what can be fitted; throws the first failure at the end.
    private func refit(_ builder: TaughtSoundBuilder) throws {
        var reports: [TeachingReport] = []
        var failure: (any Error)?
        for label in try builder.folder.content().labels {
            do {
                try TaughtSound.check(label: label, model: builder.model)
                let clips = try builder.folder.clips(label).map { (path: $0, channel: 1) }
                reports.append(
                    TeachingReport(
                        sound: try builder.teach(
                            label, clips: clips, marked: builder.folder.marked(label)),
                        folder: builder.folder.path, isStored: !dryRun))
            } catch {
                StandardError.write("\(label): \(error)")
                failure = failure ?? error
            }
        }
        try write(
            format == .json
                ? TeachingReport.json(of: reports) : reports.map(\.text).joined(separator: "\n"))
        if let failure { throw failure }
    }

    private func write(_ text: String) throws(OutputError) {
        try StandardStream.output.write(text)
    }
}
