// Makes a database of thirty days, replays it against fifty rules, and measures what a hundred
// rules cost for each event. `make bench` runs it; an argument gives another number of days.
import EventStore
import Foundation
import RuleTrials
import Rules
import SoundTypes

let days = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 30
/// A line that appears at once, also in a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

let directory = FileManager.default.temporaryDirectory
    .appending(path: "earwitness-rules-\(ProcessInfo.processInfo.processIdentifier)")
try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
defer {
    do { try FileManager.default.removeItem(at: directory) } catch {
        say("left behind: \(error)")
    }
}

let month = Month(days: days, eventCount: days * 10_000 / 30)
let path = directory.appending(path: "month.db").path
say("making \(days) days of one source: a level each second, \(month.events.count) events")
try month.store(in: path)

let clock = ContinuousClock()
let reader = try EventReader(path: path)
for count in [1, 50] {
    let rules = RuleSet.mixed(count: count)
    var trials: [RuleTrial] = []
    let time = try clock.measure {
        let past = try StoredPast(reader, since: month.start, until: month.end, for: [rules])
        trials = try RuleTrial.replay([rules], over: past)
    }
    say(
        String(
            format: "replay of %d days, %d rules: %.2f s, %d alerts", days, count,
            time / .seconds(1), trials[0].alerts.count))
}

let states = month.events.flatMap { event in
    var open = event
    open.status = .open
    return [open, event]
}

/// What a state of an event costs, and how many alerts the events make.
func measureEvents(_ rules: RuleSet, _ what: String) {
    var trial = RuleTrial(rules)
    trial.take(.began(source: Month.source, at: month.start))
    let time = clock.measure {
        for state in states {
            trial.take(.heard(source: Month.source, until: state.onset))
            trial.take(.event(state))
        }
    }
    let microseconds = (time / states.count) / .microseconds(1)
    let alerts = Double(trial.alerts.count) / Double(month.events.count)
    say(
        String(
            format: "a state of an event, 100 rules, %@: %.2f µs, %.2f alerts an event", what,
            microseconds, alerts))
}

measureEvents(.mixed(count: 100), "of which many fire")
// All rules look at the event, as before, and none fires.
var quiet = RuleSet.mixed(count: 100)
quiet.limit = FiringLimit(count: 1, withinSeconds: 1e9)
measureEvents(quiet, "held back")
for index in quiet.rules.indices {
    guard case .event(var condition) = quiet.rules[index].condition else { continue }
    condition.minimumConfidence = 1
    quiet.rules[index].condition = .event(condition)
}
measureEvents(quiet, "of which none fires")
