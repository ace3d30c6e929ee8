internal import LevelTypes
internal import Listening
internal import Logging
internal import SoundTypes
internal import Timekeeping

/// Says in the log what the sources report, other than events and levels.
struct SourceLog {
    /// Messages that may wait. To write a line never waits, so that they do not for long.
    static let capacity = 8_192

    private let logger: Logger
    /// The start of the last gap of each source that the log has.
    private var reportedGaps: [String: UTCTime] = [:]
    private var signals: [String: DeadSignalWatch] = [:]

    init(logger: Logger) {
        self.logger = logger
    }

    static func isOfInterest(_ message: AnalysisMessage) -> Bool {
        switch message {
        case .listening, .level, .gap, .clockStepped, .ended: true
        case .began, .event, .picture, .heard: false
        }
    }

    /// Until nothing more comes.
    mutating func report(_ subscription: MessageSubscription) async {
        while let delivery = await subscription.next() {
            if case .message(let message) = delivery { report(message) }
        }
    }

    private mutating func report(_ message: AnalysisMessage) {
        switch message {
        case .listening(let source, _, let rate, let lacksPriority):
            logger.info("\(source): listening at \(rate.hertz) Hz")
            if lacksPriority {
                logger.notice("\(source): captured without real-time priority, which was refused")
            }
        case .level(let source, let record):
            watch(source, record)
        case .gap(let gap, _):
            report(gap)
        case .clockStepped(let source, let seconds, _):
            logger.warning("\(source): the clock was set by \(seconds) s; later events follow it")
        case .ended(let source, _, let failure):
            logger.info("\(source): ended")
            if let failure { logger.error("\(failure)") }
        case .began, .event, .picture, .heard: break
        }
    }

    /// Says when a microphone is dead, and when it is not any more.
    private mutating func watch(_ source: String, _ record: LevelRecord) {
        switch signals[source, default: DeadSignalWatch()].see(record) {
        case .dead:
            let length = "\(DeadSignalWatch.patience) s"
            logger.error(
                "\(source): no change for \(length): the microphone is dead or muted")
        case .alive: logger.notice("\(source): the samples change again")
        case nil: break
        }
    }

    /// A gap that grows is logged once.
    private mutating func report(_ gap: AudioGap) {
        guard reportedGaps.updateValue(gap.start, forKey: gap.source) != gap.start else { return }
        logger.warning(
            "\(gap.source): not heard since \(gap.start.localDescription) (\(gap.cause.name))")
    }
}
