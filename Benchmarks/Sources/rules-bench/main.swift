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
        "replay of \(days) days, \(count) rules: \(time.formatted(.units(width: .narrow))), "
            + "\(trials[0].alerts.count) alerts")
}

let rules = RuleSet.mixed(count: 100)
var trial = RuleTrial(rules)
trial.take(.began(source: Month.source, at: month.start))
let states = month.events.flatMap { event in
    var open = event
    open.status = .open
    return [open, event]
}
let time = clock.measure {
    for state in states { trial.take(.event(state)) }
}
let microseconds = (time / states.count) / .microseconds(1)
say(String(format: "an event, 100 rules: %.2f µs", microseconds))
