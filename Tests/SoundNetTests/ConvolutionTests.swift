import TestSupport
import Testing

@testable import ModelFormat
@testable import SoundNet

/// Both kinds of convolution, step by step, against their definition over the whole input.
@Suite struct ConvolutionTests {
    @Test func streamingEqualsTheDefinition() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var count = 0
        for kernelTime in 1...3 {
            for kernelBand in [1, 2, 5] {
                for (strideTime, strideBand) in [(1, 1), (2, 2), (1, 3)] {
                    for dilation in [1, 3] {
                        for (padLow, padHigh) in [(0, 0), (2, 1), (6, 6)] {
                            let convolution = Convolution(
                                kernelTime: kernelTime, kernelBand: kernelBand,
                                strideTime: strideTime, strideBand: strideBand,
                                dilation: dilation, padLow: padLow, padHigh: padHigh,
                                rectified: Bool.random(using: &random), weight: [], bias: [])
                            guard convolution.historyFrames >= 0 else { continue }
                            count += 1
                            check(convolution, depthwise: false, using: &random, seed: seed)
                            check(convolution, depthwise: true, using: &random, seed: seed)
                        }
                    }
                }
            }
        }
        #expect(count > 100)
    }

    private let bands = 5
    private let frames = 2  // a step
    private let steps = 12

    private func check(
        _ shape: Convolution, depthwise: Bool, using random: inout SeededRandom, seed: UInt64
    ) {
        let (inputs, outputs) = depthwise ? (18, 18) : (3, 4)
        var convolution = shape
        convolution.weight = noise(
            shape.kernelTime * shape.kernelBand * (depthwise ? inputs : inputs * outputs), &random)
        convolution.bias = noise(outputs, &random)
        let input = noise(steps * frames * bands * inputs, &random)
        let answer = streamed(convolution, input, inputs: inputs, outputs, depthwise: depthwise)
        let expected = defined(convolution, input, inputs: inputs, outputs, depthwise: depthwise)
        let worst = zip(answer, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(
            answer.count == expected.count && worst <= 1e-3,
            "\(convolution), depthwise \(depthwise), seed \(seed)")
    }

    private func noise(_ count: Int, _ random: inout SeededRandom) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    private func streamed(
        _ convolution: Convolution, _ input: [Float], inputs: Int, _ outputs: Int, depthwise: Bool
    ) -> [Float] {
        let source = Stream(
            shape: StepShape(frames: frames, bands: bands, channels: inputs),
            history: convolution.historyFrames)
        let output = Stream(
            shape: StepShape(
                frames: frames / convolution.strideTime, bands: convolution.outputBands(bands),
                channels: outputs), history: 0)
        let layer: any Layer =
            depthwise
            ? DepthwiseLayer(from: source, to: output, convolution, channels: inputs)
            : ConvolutionLayer(
                from: source, to: output, convolution, inputs: inputs, outputs: outputs)
        var result: [Float] = []
        for step in 0..<steps {
            for index in 0..<source.newCount {
                source.newest[index] = input[step * source.newCount + index]
            }
            output.advance()
            layer.step()
            result += (0..<output.newCount).map { output.newest[$0] }
            source.advance()
        }
        return result
    }

    /// The sum over the kernel for each output, zero outside the input.
    private func defined(
        _ convolution: Convolution, _ input: [Float], inputs: Int, _ outputs: Int, depthwise: Bool
    ) -> [Float] {
        func value(_ frame: Int, _ band: Int, _ channel: Int) -> Float {
            guard frame >= 0, (0..<bands).contains(band) else { return 0 }
            return input[(frame * bands + band) * inputs + channel]
        }
        var result: [Float] = []
        for frame in 0..<steps * frames / convolution.strideTime {
            for band in 0..<convolution.outputBands(bands) {
                for output in 0..<outputs {
                    var sum = convolution.bias[output]
                    for time in 0..<convolution.kernelTime {
                        for tap in 0..<convolution.kernelBand {
                            let age = (convolution.kernelTime - 1 - time) * convolution.dilation
                            let at = (frame + 1) * convolution.strideTime - 1 - age
                            let over = band * convolution.strideBand + tap - convolution.padLow
                            let place = time * convolution.kernelBand + tap
                            for channel in depthwise ? output..<output + 1 : 0..<inputs {
                                let weight =
                                    depthwise
                                    ? place * outputs + output
                                    : (place * inputs + channel) * outputs + output
                                sum += value(at, over, channel) * convolution.weight[weight]
                            }
                        }
                    }
                    result.append(convolution.rectified ? max(sum, 0) : sum)
                }
            }
        }
        return result
    }
}
