internal import SoundTypes
public import Timekeeping

/// An unbroken stretch of a source, read on the calling thread: for measurements.
public struct Excerpt: Sendable {
    private static let samplesPerRead = 4096

    public let samples: [Float]
    public let sampleRate: SampleRate

    /// Reads this many seconds, or all of a recording that is shorter, and closes the source.
    /// Blocks.
    ///
    /// - Parameters:
    ///   - skipped: samples at the start that are read and discarded
    ///   - onSamples: gets all samples so far, after each read
    /// - Throws: `interrupted` if samples were lost, and whatever ends a source.
    public init(
        of source: any CaptureSource, skipping skipped: Int = 0, seconds: Double,
        onSamples: (Span<Float>) -> Void = { _ in }
    ) throws(CaptureError) {
        defer { source.close() }
        let count = source.sampleRate.samples(seconds)
        var samples: [Float] = []
        samples.reserveCapacity(count)
        var toSkip = skipped
        var block = [Float](repeating: 0, count: Self.samplesPerRead)
        reading: while samples.count < count {
            // SAFETY: the buffer is valid throughout the call.
            let passage = unsafe block.withUnsafeMutableBufferPointer {
                unsafe source.read(into: $0)
            }
            switch passage {
            case .samples(let read, _):
                let passed = min(read, toSkip)
                toSkip -= passed
                samples += block[passed..<min(read, passed + count - samples.count)]
                onSamples(samples.span)
            case .gap(let lost, .damaged):
                throw CaptureError(
                    .damaged, subject: "recording",
                    message: "the file is damaged: \(lost) samples of it cannot be decoded")
            case .gap(let lost, let cause):
                throw CaptureError(
                    .interrupted, subject: "measurement",
                    message: "\(lost) samples were lost (\(cause.name)); try again")
            case .idle: continue
            case .endOfStream: break reading
            case .failed(let fault): throw source.describe(fault)
            }
        }
        self.samples = samples
        sampleRate = source.sampleRate
    }
}
