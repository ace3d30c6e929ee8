import CPeak
import Foundation
@_spi(Benchmarks) import ModelFormat
@_spi(Benchmarks) import SoundNet
import Spectrogram
import Timekeeping

/// What a network costs, step by step and layer by layer, on the spectrogram of a recording.
struct NetworkCost {
    var stepSeconds: Double
    var layerSeconds: [Double]
    /// The length of audio in a step, in seconds.
    var stepLength: Double

    /// The number of passes over the recording; the one that other programs disturbed least counts.
    private static let passes = 5

    static func measure(_ model: Model, frames: [[Float]]) -> NetworkCost {
        let net = SoundNet(model: model)
        let steps = frames.count / model.framesPerStep
        func pass() -> Double {
            net.reset()
            let start = cpuTime()
            for frame in frames { net.process(frame.span) { _ in } }
            return (cpuTime() - start) / Double(steps)
        }
        let stepSeconds = (0..<passes).map { _ in pass() }.min() ?? 0
        let layers = LayerClock(layers: model.layerSummaries.count, steps: steps)
        net.onLayer = { layers.stop(at: $0) }
        _ = pass()
        return NetworkCost(
            stepSeconds: stepSeconds, layerSeconds: layers.medians,
            stepLength: model.features.hopSeconds * Double(model.framesPerStep))
    }

    /// The log-mel frames of a recording, as the model expects them.
    static func frames(of samples: [Float], rate: SampleRate, _ model: Model) throws -> [[Float]] {
        let spectrogram = try LogMelSpectrogram(parameters: model.features, sampleRate: rate)
        var frames: [[Float]] = []
        spectrogram.process(samples.span) { frame in
            frames.append(frame.indices.map { frame[$0] })
        }
        return frames
    }

    /// CPU seconds taken by the spectrogram for a second of audio.
    static func spectrogramSeconds(
        of samples: [Float], rate: SampleRate, _ model: Model
    ) throws -> Double {
        let spectrogram = try LogMelSpectrogram(parameters: model.features, sampleRate: rate)
        let times = (0..<passes).map { _ in
            spectrogram.reset()
            let start = cpuTime()
            spectrogram.process(samples.span) { _ in }
            return cpuTime() - start
        }
        return (times.min() ?? 0) / (Double(samples.count) / Double(rate.hertz))
    }

    /// The most multiply-adds per second that this core can do: in registers, with nothing else to
    /// do.
    static func peak() -> Double {
        var values = [Float](repeating: 0.5, count: Int(PEAK_VALUES))
        return (0..<20).map { _ in
            let start = cpuTime()
            let count = peak_multiply_adds(&values, 500_000)
            return Double(count) / (cpuTime() - start)
        }.max() ?? 0
    }

    func print(_ model: Model, name: String, spectrogramSeconds: Double, peak: Double) {
        let perSecond = 1 / stepLength
        let network = stepSeconds * perSecond
        Swift.print(
            """

            network: \(name), \(model.weightCount) weights, \
            \(Int(Double(model.multiplyAddsPerStep) * perSecond)) multiply-adds a second
            """)
        let rows = [
            ("a step", stepSeconds * 1e6, "us"),
            ("network", network * 1e3, "ms CPU per second of audio"),
            ("spectrogram", spectrogramSeconds * 1e3, "ms"),
            ("recogniser", (network + spectrogramSeconds) * 1e3, "ms"),
        ]
        for (name, value, unit) in rows {
            Swift.print(String(format: "  %-12@ %8.3f ", name as NSString, value) + unit)
        }
        printLayers(model, peak: peak)
    }

    private func printLayers(_ model: Model, peak: Double) {
        Swift.print("  layer                           us   GFLOP/s   of peak")
        var (pointwiseWork, pointwiseSeconds) = (0, 0.0)
        for (index, layer) in model.layerSummaries.enumerated() {
            let seconds = layerSeconds[index]
            var line = String(
                format: "  %2d %-24@ %7.2f", index, layer.name as NSString, seconds * 1e6)
            if layer.multiplyAdds > 0 { line += Self.rate(layer.multiplyAdds, seconds, peak) }
            Swift.print(line)
            if layer.isPointwise {
                pointwiseWork += layer.multiplyAdds
                pointwiseSeconds += seconds
            }
        }
        Swift.print(
            String(format: "  %-27@ %7.2f", "all pointwise" as NSString, pointwiseSeconds * 1e6)
                + Self.rate(pointwiseWork, pointwiseSeconds, peak))
    }

    private static func rate(_ multiplyAdds: Int, _ seconds: Double, _ peak: Double) -> String {
        let rate = Double(multiplyAdds) / seconds
        return String(format: "   %7.1f    %3.0f %%", 2 * rate / 1e9, 100 * rate / peak)
    }
}

/// Wall-clock times of each layer in each step. Reading the clock costs a little, which is
/// subtracted.
private final class LayerClock {
    private var times: [[Double]]  // [layers][steps]
    private var last = 0.0

    init(layers: Int, steps: Int) {
        times = (0..<layers).map { _ in
            var list: [Double] = []
            list.reserveCapacity(steps)
            return list
        }
    }

    func stop(at layer: Int) {
        if layer >= 0 { times[layer].append(Self.now() - last) }
        last = Self.now()
    }

    var medians: [Double] {
        let reading = Self.median((0..<1_000).map { _ in -Self.now() + Self.now() })
        return times.map { max(Self.median($0) - reading, 1e-9) }
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
