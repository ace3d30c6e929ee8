public import AlertTypes
internal import Rules
public import Timekeeping

/// Unit tests of rules, as a file has them: timelines, and what is expected of the rules.
public struct RuleTestFile: Sendable {
    /// The rules under test, with sources and schedules.
    public var configuration: Configuration
    public var tests: [RuleTest]

    /// Reads a file. Relative paths in it are relative to its directory.
    public static func load(path: String) throws(ConfigurationError) -> RuleTestFile {
        try parse(text: Configuration.text(path), file: path)
    }

    /// Parses a text. `file` appears in messages, and relative paths are relative to its directory.
    public static func parse(
        text: String, file: String
    ) throws(ConfigurationError) -> RuleTestFile {
        let document = try Document(text: text, file: file)
        let reader = NodeReader(file: file, faults: document.faults)
        let result = try reader.ruleTests(document.root)
        guard reader.faults.isEmpty else { throw ConfigurationError(reader.faults) }
        return result
    }
}

/// One test.
public struct RuleTest: Sendable {
    public var name: String
    /// The line that it begins in.
    public var line: Int
    /// When its timeline begins.
    public var start: UTCTime
    public var steps: [RuleTestStep] = []
    public var expectations: [RuleExpectation] = []
}

/// Something that happens on a timeline.
public struct RuleTestStep: Sendable {
    public enum What: Sendable {
        case event(TestSound)
        case levels(TestLevels)
        /// Nothing is heard for so long; by all sources if none is named.
        case gap(seconds: Double, source: String?)
        /// Its times count from the start of the test; its id is 0.
        case silence(seconds: Double, rule: String?, label: String?, source: String?)
        /// The monitor does not run for so long.
        case restart(seconds: Double)
        /// The clock is set by so much.
        case clock(seconds: Double)
        /// This share of the disk is free from now on.
        case disk(Double)
        /// A calibration found this drift, in dB.
        case calibration(Double, source: String?)
    }

    /// Seconds from the start of the test.
    public var at: Double
    public var what: What
}

/// A sound on a timeline.
public struct TestSound: Sendable {
    public var label: String
    /// `nil`: the first source.
    public var source: String?
    public var seconds = 1.0
    public var confidence = 0.9
    public var lafMaximum: Double?
    public var lae: Double?
    public var rise: Double?
    public var isRetracted = false
}

/// Levels on a timeline, the same in each second.
public struct TestLevels: Sendable {
    public var seconds: Double
    /// `nil`: the first source.
    public var source: String?
    /// Of all weightings, and of each band; LAFmax and LCpeak unless those are given.
    public var laeq: Double
    public var lafMaximum: Double?
    public var lcPeak: Double?
    /// Whether they are in dB relative to full scale, and the microphone is not calibrated.
    public var isRelative = false
    public var isClipped = false
    public var isStuck = false
}

/// What is expected of the rules, in seconds from the start of the test.
public enum RuleExpectation: Sendable, Hashable {
    /// A rule tells its owner.
    case told(Occasion, rule: String, at: Double, events: Int?)
    /// No rule does, or not this one.
    case nothing(from: Double, until: Double, rule: String?)
}
