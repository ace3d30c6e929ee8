internal import Actions
internal import Listening
internal import Logging
internal import Rules
internal import SoundTypes
internal import Timekeeping

/// Shows events to the rules and starts the commands of those that fire.
struct RuleRunner {
    /// Events that may wait. Rules are quick, so events never wait long.
    static let capacity = 8_192

    private let hooks: HookRunner
    private let logger: Logger
    private var engine: RuleEngine

    /// - Parameter lastFired: when each rule last fired, according to the store
    init(rules: [Rule], lastFired: [String: UTCTime], hooks: HookRunner, logger: Logger) {
        self.hooks = hooks
        self.logger = logger
        engine = RuleEngine(rules: rules, lastFired: lastFired)
    }

    static func isOfInterest(_ message: AnalysisMessage) -> Bool {
        if case .event = message { true } else { false }
    }

    /// Runs until no more messages come.
    mutating func run(_ subscription: MessageSubscription) async {
        while let delivery = await subscription.next() {
            guard case .message(.event(let event)) = delivery else { continue }
            for firing in engine.process(event) {
                logger.notice("rule \(firing.rule) fires: \(event.label), event \(event.id)")
                await hooks.submit(firing)
            }
        }
    }
}
