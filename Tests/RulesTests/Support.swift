import AlertTypes
import LevelTypes
import Rules
import SoundTypes
import Timekeeping

/// Seconds after a moment on a Friday.
func time(_ seconds: Double) -> UTCTime {
    UTCTime(microseconds: 1_800_000_000_000_000).adding(seconds: seconds)
}

func seconds(_ time: UTCTime) -> Double {
    time.seconds(since: UTCTime(microseconds: 1_800_000_000_000_000))
}

let everyOccasion = Set(Occasion.allCases)
let notify = Action(
    name: "notify", kind: .run(HookCommand(.arguments(["notify"]))), occasions: everyOccasion)

func rule(
    name: String = "alert", _ condition: EventCondition = EventCondition(),
    by grouping: Rule.Grouping = .event, hold: Double = 0, keep: Double = 0,
    cooldown: Double = 60, again: Double? = nil, limit: FiringLimit? = nil,
    schedule: Schedule? = nil, unless: Set<String> = []
) -> Rule {
    Rule(
        name: name, condition: .event(condition), grouping: grouping, holdSeconds: hold,
        keepFiringSeconds: keep, cooldownSeconds: cooldown, repeatSeconds: again, limit: limit,
        schedule: schedule, inhibitors: unless, actions: [notify])
}

func levelRule(
    name: String = "loud", _ condition: LevelCondition, hold: Double = 0, keep: Double = 0,
    cooldown: Double = 0, unless: Set<String> = []
) -> Rule {
    Rule(
        name: name, condition: .level(condition), holdSeconds: hold, keepFiringSeconds: keep,
        cooldownSeconds: cooldown, inhibitors: unless, actions: [notify])
}

func boxRule(
    name: String = "box", _ state: BoxCondition.State, keep: Double = 0, again: Double? = nil
) -> Rule {
    Rule(
        name: name, condition: .box(BoxCondition(state: state)), keepFiringSeconds: keep,
        cooldownSeconds: 0, repeatSeconds: again, actions: [notify])
}

func event(
    id: Int64 = 1, part: Int = 1, source: String = "hall", label: String = "siren",
    onset: Double = 0, heard: Double, peak: Double = 0.9, status: SoundEvent.Status = .open,
    isSettled: Bool = true, levels: EventLevels? = nil
) -> SoundEvent {
    SoundEvent(
        id: id, part: part, source: source, label: label, onset: time(onset),
        heardUntil: time(heard), peakConfidence: peak, meanConfidence: peak / 2, status: status,
        isSettled: isSettled, levels: levels)
}

let calibrated = LevelScale(fullScaleDecibels: 100, state: .calibrated)

/// A second at a sound pressure level, in dB.
func second(
    _ start: Double, _ level: Double, scale: LevelScale = calibrated, measured: Double = 1,
    isClipped: Bool = false, isStuck: Bool = false
) -> LevelSecond {
    let power = Decibels.power(level: level - scale.fullScaleDecibels)
    return LevelSecond(
        start: time(start), seconds: measured, exposureA: power * measured,
        exposureC: power * measured, exposureZ: power * measured, fastMaximum: power,
        peakC: power.squareRoot(), bandExposures: [power, 2 * power], isClipped: isClipped,
        isStuck: isStuck, scale: scale)
}

/// An engine, and everything that it has said.
struct Trial {
    var engine: RuleEngine
    private(set) var decisions: [Decision] = []
    private(set) var orphans: [Alert] = []

    init(
        _ rules: [Rule], limit: FiringLimit? = nil, lastFirings: [String: UTCTime] = [:],
        sources: Set<String>? = nil
    ) {
        engine = RuleEngine(
            rules: RuleSet(rules: rules, limit: limit), lastFirings: lastFirings,
            sources: sources, orphans: &orphans)
    }

    @discardableResult
    mutating func feed(_ observation: Observation) -> Decision {
        let decision = engine.process(observation)
        decisions.append(decision)
        return decision
    }

    @discardableResult
    mutating func feed(_ event: SoundEvent) -> Decision { feed(.event(event)) }

    mutating func hear(until end: Double, from start: Double = 0, source: String = "hall") {
        for time in stride(from: start, through: end, by: 1) {
            feed(.heard(source: source, until: RulesTests.time(time)))
        }
    }

    var firings: [Firing] { decisions.flatMap(\.firings) }
    var suppressions: [Suppression] { decisions.flatMap(\.suppressions) }

    /// What the owner was told, and when.
    var told: [String] {
        firings.map { "\($0.occasion.rawValue) \($0.alert.rule) at \(seconds($0.at))" }
    }
}
