extension MonitorStatus {
    /// How a source is doing.
    public struct Source: Sendable, Equatable, Codable {
        public enum State: String, Sendable, Codable, CaseIterable {
            /// Opened, but nothing heard yet.
            case opening
            case heard
            /// The device is away, or was reopened but not yet heard.
            case lost
            /// It could not be opened so far.
            case missing
            /// Nothing more comes from it.
            case ended
        }

        public var name: String
        /// What it is, as the configuration has it.
        public var input: String
        public var state: State
        /// Why it cannot be heard.
        public var fault: String?
        /// In Hz.
        public var sampleRate: Int?
        /// Whether the capture thread has real-time priority, or needs none; `nil` before the first
        /// audio.
        public var isRealtime: Bool?
        /// How long ago it was first heard.
        public var heardFor: Double?
        /// How far the analysis is behind the present.
        public var behind: Double?
        /// Audio that waits for the analysis, and for how much there is room.
        public var waiting: Double?
        public var room: Double?
        /// Audio that is missing since the monitor was started, in all and by its cause, and in how
        /// many gaps.
        public var lost = 0.0
        public var lostByCause: [String: Double] = [:]
        public var gaps = 0
        /// What the analysis leaves out now, by the name of the cause, because the machine does not
        /// keep up; and for how long it did since the monitor was started.
        public var omits: [String] = []
        public var omitted: [String: Double] = [:]
        /// The last second that was measured.
        public var level: Level?
        /// The labels with the highest scores in a second, a few seconds ago.
        public var sounds: [Sound] = []
        public var lastEvent: Event?
        /// Events since the monitor was started.
        public var events = 0
        /// How often the wall clock was set.
        public var clockSteps = 0
        /// How much too fast the clock of the device goes, in parts per million.
        public var drift: Double?
        /// What happened to the device.
        public var overruns = 0
        public var suspensions = 0
        public var disconnections = 0
        public var stalls = 0
        public var reopens = 0

        public init(name: String, input: String, state: State) {
            (self.name, self.input, self.state) = (name, input, state)
        }

        private enum CodingKeys: String, CodingKey {
            case name, input, state, fault, gaps, omits, level, sounds, events
            case overruns, suspensions, disconnections, stalls, reopens
            case sampleRate = "sample_rate"
            case isRealtime = "real_time"
            case heardFor = "heard_for_s"
            case behind = "behind_s"
            case waiting = "waiting_s"
            case room = "room_s"
            case lost = "lost_s"
            case lostByCause = "lost_by_cause_s"
            case omitted = "omitted_s"
            case lastEvent = "last_event"
            case clockSteps = "clock_steps"
            case drift = "drift_ppm"
        }
    }

    /// Levels in dB; `nil` for silence.
    public struct Level: Sendable, Equatable, Codable {
        public var laeq: Double?
        public var lafMaximum: Double?
        public var lcPeak: Double?
        /// `calibrated`, `indicative` or `uncalibrated`: then they are relative to full scale.
        public var scale: String

        public init(laeq: Double?, lafMaximum: Double?, lcPeak: Double?, scale: String) {
            (self.laeq, self.lafMaximum, self.lcPeak) = (laeq, lafMaximum, lcPeak)
            self.scale = scale
        }

        private enum CodingKeys: String, CodingKey {
            case laeq, scale
            case lafMaximum = "lafmax"
            case lcPeak = "lcpeak"
        }
    }

    public struct Sound: Sendable, Equatable, Codable {
        public var label: String
        /// 0 to 1.
        public var score: Double

        public init(label: String, score: Double) {
            (self.label, self.score) = (label, score)
        }
    }

    public struct Event: Sendable, Equatable, Codable {
        public var id: Int64
        public var label: String
        /// The peak, 0 to 1.
        public var confidence: Double
        /// How long ago it was last heard.
        public var age: Double

        public init(id: Int64, label: String, confidence: Double, age: Double) {
            (self.id, self.label, self.confidence, self.age) = (id, label, confidence, age)
        }

        private enum CodingKeys: String, CodingKey {
            case id, label, confidence
            case age = "age_s"
        }
    }
}
