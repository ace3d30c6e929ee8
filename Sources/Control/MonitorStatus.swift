public import AlertTypes
internal import FoundationEssentials
public import Timekeeping

/// How a running monitor is doing: one JSON object, which `docs/status.md` describes. Levels are
/// in dB, lengths in seconds; what is not known is left out.
public struct MonitorStatus: Sendable, Equatable, Codable {
    /// The version of this form: higher if something in it means something else.
    public static let version = 1
    /// What a client asks for.
    public static let request = "status"

    public var version = Self.version
    /// When this was so, RFC 3339.
    public var at: String
    public var pid: Int32
    /// Since its store was opened.
    public var uptime: Double
    /// Processor time used since it was started.
    public var cpuTime: Double
    public var residentMegabytes: Double
    public var model: String
    public var database: String
    public var store: Store
    public var sources: [Source]
    public var rules: Rules
    public var hooks: Hooks
    /// From the sound to the start of the first command, of the alerts of the last day; the reader
    /// of the database adds it.
    public var soundToHook: Latency?

    /// How the writing goes.
    public struct Store: Sendable, Equatable, Codable {
        /// Changes that wait to be written.
        public var waiting: Int
        /// Messages of the sources that wait to become changes.
        public var waitingMessages: Int
        /// Whether the disk or another program keeps them waiting.
        public var isHeldUp: Bool

        public init(waiting: Int, waitingMessages: Int, isHeldUp: Bool) {
            (self.waiting, self.waitingMessages) = (waiting, waitingMessages)
            self.isHeldUp = isHeldUp
        }

        private enum CodingKeys: String, CodingKey {
            case waiting
            case waitingMessages = "waiting_messages"
            case isHeldUp = "held_up"
        }
    }

    public struct Rules: Sendable, Equatable, Codable {
        public var count: Int
        /// The alerts that last, the oldest first.
        public var alerts: [Alert]
        /// Messages of the sources that wait to be judged.
        public var waitingMessages = 0

        public init(count: Int, alerts: [Alert]) {
            (self.count, self.alerts) = (count, alerts)
        }

        private enum CodingKeys: String, CodingKey {
            case count, alerts
            case waitingMessages = "waiting_messages"
        }

        public struct Alert: Sendable, Equatable, Codable {
            public var id: Int64
            public var rule: String
            /// How long it has lasted.
            public var age: Double

            public init(id: Int64, rule: String, age: Double) {
                (self.id, self.rule, self.age) = (id, rule, age)
            }

            private enum CodingKeys: String, CodingKey {
                case id, rule
                case age = "age_s"
            }
        }
    }

    public struct Hooks: Sendable, Equatable, Codable {
        public var running: Int
        public var waiting: Int

        public init(running: Int, waiting: Int) {
            (self.running, self.waiting) = (running, waiting)
        }
    }

    public init(
        at: UTCTime, pid: Int32, uptime: Double, cpuTime: Double, residentMegabytes: Double,
        model: String, database: String, store: Store, sources: [Source], rules: Rules,
        hooks: Hooks
    ) {
        self.at = at.rfc3339
        self.pid = pid
        self.uptime = uptime
        self.cpuTime = cpuTime
        self.residentMegabytes = residentMegabytes
        self.model = model
        self.database = database
        self.store = store
        self.sources = sources
        self.rules = rules
        self.hooks = hooks
    }

    private enum CodingKeys: String, CodingKey {
        case version, at, pid, model, database, store, sources, rules, hooks
        case uptime = "uptime_s"
        case cpuTime = "cpu_s"
        case residentMegabytes = "resident_mb"
        case soundToHook = "sound_to_hook_s"
    }

    /// It as one line of JSON; its keys are sorted.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            preconditionFailure("texts and numbers can be encoded: \(error)")
        }
    }

    /// Asks the monitor that listens at a path.
    public static func ask(at path: String) throws(ControlError) -> MonitorStatus {
        let answer = try ControlClient.ask(request, at: path)
        do {
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return try decoder.decode(MonitorStatus.self, from: Data(answer.utf8))
        } catch {
            throw .misunderstood(path: path)
        }
    }
}
