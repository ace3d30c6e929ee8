internal import Capture
internal import LevelTypes
internal import Listening
internal import Logging
internal import SoundTypes
internal import Timekeeping

/// Logs what the sources report, other than events and levels.
struct SourceLog {
    /// Messages that may wait. Writing a line never blocks, so they never wait long.
    static let capacity = 8_192

    private let logger: Logger
    /// Which channels of a source carry a signal.
    private let channels: @Sendable (_ source: String) -> ChannelSignals?
    /// For each source, the start of the last gap that was logged.
    private var reportedGaps: [String: UTCTime] = [:]
    private var signals: [String: DeadSignalWatch] = [:]

    init(
        logger: Logger,
        channels: @escaping @Sendable (_ source: String) -> ChannelSignals? = { _ in nil }
    ) {
        self.logger = logger
        self.channels = channels
    }

    static func isOfInterest(_ message: AnalysisMessage) -> Bool {
        switch message {
        case .listening, .level, .gap, .effort, .clockStepped, .ended: true
        case .began, .event, .picture, .scores, .heard, .drift: false
        }
    }

    /// Runs until no more messages come.
    mutating func report(_ subscription: MessageSubscription) async {
        while let delivery = await subscription.next() {
            if case .message(let message) = delivery { report(message) }
        }
    }

    private mutating func report(_ message: AnalysisMessage) {
        switch message {
        case .listening(let source, _, let rate, let lacksPriority):
            let logger = logger.about(.source, source)
            logger.info("\(source): listening at \(rate.hertz) Hz")
            if lacksPriority {
                logger.notice("\(source): captured without real-time priority, which was refused")
            }
        case .level(let source, let record):
            watch(source, record)
        case .gap(let gap, _):
            report(gap)
        case .effort(let source, let effort, let time):
            report(effort, of: source, at: time)
        case .clockStepped(let source, let seconds, _):
            logger.about(.source, source).warning(
                "\(source): the clock was set by \(seconds) s; later events follow it")
        case .ended(let source, _, let failure):
            let logger = logger.about(.source, source)
            logger.info("\(source): ended")
            if let failure { logger.error("\(failure)") }
        case .began, .event, .picture, .scores, .heard, .drift: break
        }
    }

    /// Logs when a microphone is dead, and when it no longer is.
    private mutating func watch(_ source: String, _ record: LevelRecord) {
        let logger = logger.about(.source, source)
        switch signals[source, default: DeadSignalWatch()].see(record) {
        case .dead: logger.error("\(source): \(death(of: source, record))")
        case .alive: logger.notice("\(source): the samples change again")
        case nil: break
        }
    }

    /// Silence on one channel while another has a signal is a matter of the configuration.
    private func death(of source: String, _ record: LevelRecord) -> String {
        guard let channels = channels(source), let other = channels.othersOfLate.first else {
            return "no change for \(DeadSignalWatch.patience) s: the microphone is dead or muted"
        }
        let isZero = record.summary.exposureZ == 0
        return channels.text(others: channels.othersOfLate, isZero: isZero)
            + " (`channel: \(other)`)"
    }

    private func report(_ effort: AnalysisEffort, of source: String, at time: UTCTime) {
        var logger = logger.about(.source, source)
        if let cause = effort.omits.last { logger = logger.about(.gap, cause.name) }
        logger.log(
            level: effort == .full ? .notice : .warning,
            "\(source): from \(time.localDescription) on \(effort.sentence)")
    }

    /// A gap that grows is logged once. What an analysis leaves out is told by its effort.
    private mutating func report(_ gap: AudioGap) {
        guard !gap.cause.isPartial else { return }
        guard reportedGaps.updateValue(gap.start, forKey: gap.source) != gap.start else { return }
        logger.about(.source, gap.source).about(.gap, gap.cause.name).warning(
            "\(gap.source): not heard since \(gap.start.localDescription) (\(gap.cause.name))")
    }
}
