public import SoundTypes

/// A trained recogniser: the input it expects, what it can name, and the weights in between.
public struct Model: Sendable {
    /// How best to turn the scores of one label into events, as far as the model knows.
    public struct LabelTracking: Sendable, Hashable, Codable {
        /// Scores at or above it begin a sound, 0 to 1.
        public var on: Float
        /// Scores below it end the sound; at most `on`.
        public var off: Float
        /// Scores at or above it announce the sound before it is settled, 0 to 1; `nil`: none do.
        public var announce: Float?
        /// How far back the scores go that announce it, 0 to 10 s; `nil` means no opinion, here and
        /// below.
        public var announceSeconds: Double?
        /// The length of the median filter, 0 to 10 s.
        public var smoothingSeconds: Double?
        /// A shorter sound is not an event, 0 to 60 s.
        public var minimumDurationSeconds: Double?
        /// A shorter pause does not end an event, 0 to 60 s.
        public var mergeGapSeconds: Double?
        /// The sensitivity at which the label is best used.
        public var sensitivity: Sensitivity?
        /// What the label does at each sensitivity, by its name.
        public var curve: [String: OperatingPoint]?

        enum CodingKeys: String, CodingKey {
            case on, off, announce, sensitivity, curve
            case announceSeconds = "announce_window"
            case smoothingSeconds = "smoothing"
            case minimumDurationSeconds = "minimum_duration"
            case mergeGapSeconds = "merge_gap"
        }
    }

    /// The model's own name.
    public var name: String
    /// The licence of the weights, an SPDX identifier.
    public var licence: String
    /// CRC-32 of the file's content: tells one training run from another.
    public var checksum: UInt32
    /// Name and checksum, as the database has them.
    public var identity: String { "\(name) \(String(checksum, radix: 16))" }
    public var features: FeatureParameters
    public var labels: [String]
    /// [labels], such as `animal`; empty if the model has none.
    public var groups: [String] = []
    /// [labels]
    public var tracking: [LabelTracking]
    /// The number of spectrogram frames in a step; each step gives one score per label.
    public var framesPerStep: Int
    /// The scores of step j describe the sound of step j - delaySteps.
    public var delaySteps: Int
    package var layers: [LayerDescription]
    /// The output shape of each layer, for one step.
    package var shapes: [StepShape] = []
}

/// One layer as the file describes it. Data between layers has the shape [time][band][channel].
package enum LayerDescription: Sendable {
    /// Subtracts the running level from every frame; see `LevelLayer`. Always the first layer.
    case level(coefficient: Double, bandCoefficient: Double?, floor: Double)
    /// (x - mean) * scale in each band and channel; mean, scale: [bands][channels]
    case normalise(mean: [Float], scale: [Float])
    /// Weights: [time][band][in][out]
    case convolution(Convolution, inputs: Int, outputs: Int)
    /// Weights: [time][band][channel]
    case depthwise(Convolution, channels: Int)
    /// [time][band][channel] to [time][1][band * channels + channel]
    case flatten
    /// The output of an earlier layer is added.
    case add(from: Int, rectified: Bool)
    case sigmoid
}

/// The part that both kinds of convolution share: causal in time, zero-padded in frequency.
package struct Convolution: Sendable {
    package var kernelTime: Int
    package var kernelBand: Int
    package var strideTime: Int
    package var strideBand: Int
    /// The distance between the kernel's taps in time, in frames.
    package var dilation: Int
    /// Zero bands below and above.
    package var padLow: Int
    package var padHigh: Int
    package var rectified: Bool
    package var weight: [Float]
    package var bias: [Float]  // [outputs]

    /// The number of frames before the newest ones that an output looks back at.
    package var historyFrames: Int { (kernelTime - 1) * dilation + 1 - strideTime }

    package func outputBands(_ inputBands: Int) -> Int {
        (inputBands + padLow + padHigh - kernelBand) / strideBand + 1
    }
}

extension Convolution {
    /// Three numbers say where a run of values comes from, goes to, and how long it is.
    private static let bytesOfRun = 3 * MemoryLayout<Int>.stride

    /// Whether an output sees only the values of one frame and band, in order.
    package var isPointwise: Bool {
        kernelTime == 1 && kernelBand == 1 && strideTime == 1 && strideBand == 1 && padLow == 0
            && padHigh == 0
    }

    /// The most memory, in bytes, for the runs by which each output finds its input and for the
    /// patches they fill.
    package func runBytes(rows: Int, inputs: Int) -> Int {
        let kernel = kernelTime * kernelBand
        return rows * kernel
            * (Self.bytesOfRun + inputs * MemoryLayout<Float>.stride)
    }

    /// Outputs that the kernels compute at once (`SOUNDNET_PANEL`): weights are packed in whole
    /// panels of them.
    package static let panelOutputs = 32

    /// The memory of packed weights, two in a word of four bytes, without their scales and biases.
    package static func packedBytes(inputs: Int, outputs: Int) -> Int {
        let panels = (outputs + panelOutputs - 1) / panelOutputs
        return inputs * panels * panelOutputs / 2 * MemoryLayout<Int32>.stride
    }
}
