internal import AlertTypes
internal import Database
internal import EventStore
internal import Logging
internal import MonitorConfig
internal import RuleTrials
internal import Rules
internal import SourceTypes
internal import Timekeeping

/// What the store knows of the rules when the monitor starts.
struct RememberedRules: Sendable {
    var records: [RuleRecord] = []
    /// When each rule last fired, according to the runs of its commands: for databases of before
    /// there were records.
    var lastFirings: [String: UTCTime] = [:]
    /// Alerts that were not over.
    var unresolved: [Alert] = []
    /// How far each source was heard.
    var heardUntil: [String: UTCTime] = [:]
    /// What is still to be done.
    var unfinished: [HookRun] = []
    /// What the owner has said.
    var controls = OwnerControls()
    /// The past that the rules want to know.
    var history: [Observation] = []
}

extension RememberedRules {
    init(
        _ store: EventStore, _ configuration: Configuration, _ logger: Logger
    ) throws(StoreError) {
        records = try store.ruleRecords()
        lastFirings = try store.lastFirings()
        unresolved = try store.unresolvedAlerts()
        heardUntil = try store.heardUntil()
        unfinished = try store.unfinishedRuns()
        controls = try store.controls(at: .now())
        history = Self.history(of: configuration, in: store.path, logger)
    }

    /// The past that the windows of rules are filled with. Without it they begin empty, which is no
    /// reason not to begin. Call it from where waiting is allowed.
    static func history(
        of configuration: Configuration, in path: String, _ logger: Logger
    ) -> [Observation] {
        let rules = configuration.ruleSet
        let seconds = rules.historySeconds
        // What was heard before a recording is another time.
        guard seconds > 0, configuration.isLive else { return [] }
        do throws(StoreError) {
            return try StoredPast.history(
                EventReader(path: path), of: rules, seconds: seconds, before: .now())
        } catch {
            logger.warning("rules on levels begin with empty windows: \(error)")
            return []
        }
    }
}

extension Configuration {
    /// Whether all sources hear what happens now.
    var isLive: Bool { sources.allSatisfy { !$0.input.isRecording } }
}
