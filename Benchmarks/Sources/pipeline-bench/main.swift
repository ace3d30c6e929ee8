import Foundation
// Replays ten minutes of 48 kHz mono through the whole pipeline on one core, and measures what each
// stage costs. It also writes the wide model that it measures. `make bench` builds the monitor and
// runs this from the root of the repository.
import ModelFormat
import SoundNet

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: pipeline-bench MONITORD SCENE WIDE-MODEL")
    exit(64)
}
let (monitord, scene, wideModel) = (arguments[1], arguments[2], arguments[3])
let minutes = 10
let seconds = Double(minutes * 60)

let directory = FileManager.default.temporaryDirectory
    .appending(path: "earwitness-bench-\(ProcessInfo.processInfo.processIdentifier)")
try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
defer {
    do { try FileManager.default.removeItem(at: directory) } catch {
        print("left behind: \(error)")
    }
}
let recording = directory.appending(path: "recording.wav").path
print("making \(minutes) minutes of 48 kHz mono from \(scene)")
try Recording.write(loopOf: scene, minutes: minutes, to: recording)

/// Prints what the stages cost, and their sum.
func printCosts(_ costs: [StageCosts], seconds: Double) {
    let total = costs.map(\.cpuSeconds).reduce(0, +)
    for cost in costs {
        print(
            String(
                format: "  %-12@ %7.3f   %3.0f %%", cost.name as NSString,
                1_000 * cost.cpuSeconds / seconds, 100 * cost.cpuSeconds / total))
    }
    print(String(format: "  %-12@ %7.3f", "sum" as NSString, 1_000 * total / seconds))
}

print("\nCPU time of each stage, one thread, ms per second of audio (and share)")
printCosts(try StageCosts.measure(recording: recording), seconds: seconds)

print("\nparts of levels, over one minute, the least of several runs")
let minute = try Recording.read(recording).samples.prefix(60 * 48_000)
printCosts(try LevelCosts.measure(Array(minute), rate: .hz48000), seconds: 60)

let peak = NetworkCost.peak()
print(String(format: "\npeak of this core, float32 in registers: %.1f GFLOP/s", 2 * peak / 1e9))
try Data(WideModel.bytes()).write(to: URL(filePath: wideModel))
for (name, model) in [("built in", try Model.builtIn()), ("wide", try Model(path: wideModel))] {
    let frames = try NetworkCost.frames(of: Array(minute), rate: .hz48000, model)
    NetworkCost.measure(model, frames: frames).print(
        model, name: name,
        spectrogramSeconds: try NetworkCost.spectrogramSeconds(
            of: Array(minute), rate: .hz48000, model), peak: peak)
}

print("\nmicrophone correction, where a source has one, ms per second of audio")
for cost in CorrectionCost.measure() {
    print(String(format: "  %6d taps  %7.3f", cost.taps, cost.cpuMilliseconds))
}

print("\nmonitord on one core, from the file to the database")
let run = try WholeRun.measure(
    monitord: monitord, recording: recording, database: directory.appending(path: "bench.db").path)
print(String(format: "  times real time        %8.0f", seconds / run.wallSeconds))
print(String(format: "  CPU, ms per s of audio %8.2f", 1_000 * run.cpuSeconds / seconds))
print(String(format: "  peak resident memory   %8.1f MB", run.peakBytes / 1e6))
