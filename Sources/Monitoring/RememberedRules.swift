internal import AlertTypes
internal import Database
internal import EventStore
internal import Rules
internal import Timekeeping

/// What the store knows of the rules when the monitor starts.
struct RememberedRules: Sendable {
    var records: [RuleRecord] = []
    /// When each rule last fired, according to the runs of its commands: for databases of before
    /// there were records.
    var lastFirings: [String: UTCTime] = [:]
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
    init(_ store: EventStore) throws(StoreError) {
        records = try store.ruleRecords()
        lastFirings = try store.lastFirings()
        heardUntil = try store.heardUntil()
        unfinished = try store.unfinishedRuns()
        controls = try store.controls(at: .now())
    }
}
