import Capture
import Foundation
import ModelFormat
import SampleRing
import SoundLevels
import SoundNet
import SoundTypes
import Spectrogram
import Timekeeping
import Tracking

/// What one stage costs over the whole recording.
struct StageCosts {
    var name: String
    var cpuSeconds: Double

    /// Runs the stages one after another on one thread, block by block as the monitor does, and
    /// reads the thread's CPU clock around each.
    static func measure(recording: String) throws -> [StageCosts] {
        let source = try FileSource(path: recording, channel: 1, rate: nil, pace: .maximum)
        defer { source.close() }
        let stages = try Stages(sampleRate: source.sampleRate)
        var block = [Float](repeating: 0, count: 4_096)
        while true {
            let start = cpuTime()
            let read = block.withUnsafeMutableBufferPointer { source.read(into: $0) }
            stages.capture += cpuTime() - start
            switch read {
            case .samples(let count, _): stages.run(Array(block[..<count]))
            case .endOfStream: return stages.costs
            case .gap, .idle: continue
            case .failed(let fault): throw source.describe(fault)
            }
        }
    }
}

private final class Stages {
    var capture = 0.0
    private var ringTime = 0.0
    private var levelsTime = 0.0
    private var spectrogramTime = 0.0
    private var networkTime = 0.0
    private var trackingTime = 0.0

    private let ring = SampleRing(capacity: 1 << 16)
    private var meter: LevelMeter
    private let spectrogram: LogMelSpectrogram
    private let net: SoundNet
    private var tracker: EventTracker
    private var position: Int64 = 0
    private let stepSamples: Int64
    private let readingLength: Int
    private var unread = 0

    init(sampleRate: SampleRate) throws {
        let model = try Model.builtIn()
        meter = try LevelMeter(sampleRate: sampleRate)
        readingLength = sampleRate.hertz
        spectrogram = try LogMelSpectrogram(parameters: model.features, sampleRate: sampleRate)
        net = SoundNet(model: model)
        stepSamples = Int64(spectrogram.hop * model.framesPerStep)
        tracker = try EventTracker(
            labels: model.tracking.map { $0.parameters(at: nil) }, rate: sampleRate,
            stepSamples: Int(stepSamples))
    }

    var costs: [StageCosts] {
        [
            StageCosts(name: "capture", cpuSeconds: capture),
            StageCosts(name: "ring", cpuSeconds: ringTime),
            StageCosts(name: "levels", cpuSeconds: levelsTime),
            StageCosts(name: "spectrogram", cpuSeconds: spectrogramTime),
            StageCosts(name: "network", cpuSeconds: networkTime),
            StageCosts(name: "tracking", cpuSeconds: trackingTime),
        ]
    }

    func run(_ samples: [Float]) {
        var block = samples
        ringTime += timed {
            _ = samples.withUnsafeBufferPointer { ring.write($0) }
            _ = block.withUnsafeMutableBufferPointer { ring.read(into: $0) }
        }
        levelsTime += timed { measureLevels(block) }
        var frames: [[Float]] = []
        spectrogramTime += timed {
            spectrogram.process(block.span) { frame in
                frames.append((0..<frame.count).map { frame[$0] })
            }
        }
        var steps: [[Float]] = []
        networkTime += timed {
            for frame in frames {
                net.process(frame.span) { scores in
                    steps.append((0..<scores.count).map { scores[$0] })
                }
            }
        }
        trackingTime += timed {
            for scores in steps {
                tracker.process(scores: scores.span, start: position, end: position + stepSamples) {
                    _ in
                }
                position += stepSamples
            }
        }
    }

    /// One reading about every second, as for the database.
    private func measureLevels(_ block: [Float]) {
        meter.process(block.span, captured: block.span, position: position) { _ in }
        unread += block.count
        guard unread >= readingLength else { return }
        _ = meter.read()
        unread = 0
    }

    private func timed(_ body: () -> Void) -> Double {
        let start = cpuTime()
        body()
        return cpuTime() - start
    }
}

/// CPU time of the calling thread, in seconds.
func cpuTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
