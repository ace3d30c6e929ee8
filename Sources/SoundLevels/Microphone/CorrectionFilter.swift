internal import Fourier
internal import Glibc
public import Timekeeping

/// Corrects samples for the response of their microphone: a minimum-phase FIR filter with the
/// inverse of the response, so that nothing is delayed.
///
/// The impulse response comes from the cepstrum (Oppenheim and Schafer, Discrete-Time Signal
/// Processing, 3rd ed., section 13.5.4). It is as long as it takes to meet `toleranceDecibels` from
/// 20 Hz to 0.45 of the sample rate: at 48 kHz from 0.17 s, for smooth responses, up to 2.7 s.
///
/// The filtered samples have the positions of the samples that went in, and come out in blocks,
/// at most one block later. One instance belongs to one thread. After `init` nothing is allocated.
public final class CorrectionFilter {
    /// How close to the inverse of the response the filter must be, in dB.
    public static let toleranceDecibels = 0.05

    /// The largest deviation from the inverse of the response from 20 Hz to 0.45 of the sample
    /// rate, in dB. Above `toleranceDecibels` only where a response jumps so much between low
    /// frequencies that no filter of that length can follow.
    public let maximumErrorDecibels: Double
    /// The impulse response.
    let taps: [Float]
    /// The number of samples that come out at once, about 20 ms.
    public let blockLength: Int

    private let convolution: PartitionedConvolution
    private var block: [Float]  // [blockLength], up to `filled` not yet filtered
    private var unfiltered: [Float]  // the same before it is filtered
    private var filled = 0
    private var position: Int64 = 0

    public init(response: MicrophoneResponse, sampleRate: SampleRate) {
        let design = CorrectionDesign(response: response, sampleRate: sampleRate)
        taps = design.taps
        maximumErrorDecibels = design.maximumErrorDecibels
        blockLength = Self.powerOfTwo(atLeast: sampleRate.hertz / 64)
        convolution = PartitionedConvolution(taps: taps, blockLength: blockLength)
        block = Array(repeating: 0, count: blockLength)
        unfiltered = block
    }

    /// A block of filtered samples, the same samples before filtering, and the position of the
    /// first one. Valid during the call.
    public typealias OnBlock = (Span<Float>, Span<Float>, Int64) -> Void

    /// Takes the samples at `position`, which follow those before, and delivers the blocks that
    /// they complete.
    public func process(_ samples: Span<Float>, position: Int64, onBlock: OnBlock) {
        var taken = 0
        while taken < samples.count {
            if filled == 0 { self.position = position + Int64(taken) }
            let count = min(blockLength - filled, samples.count - taken)
            Self.copy(samples, from: taken, count: count, to: &block, at: filled)
            Self.copy(samples, from: taken, count: count, to: &unfiltered, at: filled)
            filled += count
            taken += count
            if filled == blockLength { emit(onBlock) }
        }
    }

    /// Delivers what was taken in and not yet delivered, and forgets all samples: what follows is
    /// filtered as if it came first. Called where audio is missing, and at the end.
    public func flush(_ onBlock: OnBlock) {
        if filled > 0 {
            for index in filled..<blockLength { block[index] = 0 }
            emit(onBlock)
        }
        reset()
    }

    /// Forgets all samples.
    public func reset() {
        filled = 0
        convolution.reset()
    }

    private func emit(_ onBlock: OnBlock) {
        convolution.process(&block)
        Self.silenceWhatIsNotFinite(&block)
        onBlock(
            block.span.extracting(first: filled), unfiltered.span.extracting(first: filled),
            position)
        filled = 0
    }

    /// Samples near the greatest Float overflow the transform. Filters after it would never get rid
    /// of a NaN, but they do recover from a silent stretch as long as the impulse response.
    private static func silenceWhatIsNotFinite(_ samples: inout [Float]) {
        for index in samples.indices where !samples[index].isFinite { samples[index] = 0 }
    }

    private static func powerOfTwo(atLeast count: Int) -> Int {
        1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    // By reference: each use of a stored array inside a loop would check exclusive access again.
    private static func copy(
        _ source: Span<Float>, from start: Int, count: Int, to target: inout [Float], at place: Int
    ) {
        for index in 0..<count { target[place + index] = source[start + index] }
    }
}
