/// A long FIR filter on a stream, in blocks: uniformly partitioned convolution by overlap-save
/// (Stockham, 1966; Wefers, Partitioned convolution algorithms, 2015, section 5.2).
///
/// The filter is cut into partitions as long as a block. For each block its spectrum is kept; the
/// output is the sum of the products of past spectra and partitions. One instance belongs to one
/// thread. After `init` nothing is allocated.
public final class PartitionedConvolution {
    /// The number of samples in a block.
    public let blockLength: Int

    private let partitions: [Spectrum]
    private let forward: RealFFT
    private let inverse: InverseRealFFT
    private var window: [Float]  // [2 blockLength]: the block before and the block
    private var past: [Spectrum]  // [partitions], a circle
    private var newest = 0
    private var sum: Spectrum

    /// - Parameters:
    ///   - taps: the impulse response, at least one value
    ///   - blockLength: at least 1; powers of two are fastest
    public init(taps: [Float], blockLength: Int) {
        precondition(!taps.isEmpty && blockLength >= 1)
        self.blockLength = blockLength
        forward = RealFFT(length: 2 * blockLength)
        inverse = InverseRealFFT(length: 2 * blockLength)
        let zero = Spectrum(binCount: forward.binCount)
        var partitions: [Spectrum] = []
        for start in stride(from: 0, to: taps.count, by: blockLength) {
            let part = Array(taps[start..<min(start + blockLength, taps.count)])
            forward.transform(part.span)
            var spectrum = zero
            forward.spectrum(into: &spectrum)
            partitions.append(spectrum)
        }
        self.partitions = partitions
        window = Array(repeating: 0, count: 2 * blockLength)
        past = Array(repeating: zero, count: partitions.count)
        sum = zero
    }

    /// Replaces a block of samples with the filtered ones.
    public func process(_ block: inout [Float]) {
        precondition(block.count == blockLength)
        Self.shift(&window, in: block)
        newest = (newest + 1) % partitions.count
        forward.transform(window.span)
        forward.spectrum(into: &past[newest])
        sum.clear()
        for index in partitions.indices {
            let age = (newest - index + partitions.count) % partitions.count
            sum.addProduct(past[age], partitions[index])
        }
        inverse.transform(sum)
        // The first half is wrapped around.
        inverse.samples(from: blockLength, into: &block)
    }

    /// Forgets all samples.
    public func reset() {
        for index in window.indices { window[index] = 0 }
        for index in past.indices { past[index].clear() }
    }

    // By reference: each use of a stored array inside a loop would check exclusive access again.
    private static func shift(_ window: inout [Float], in block: [Float]) {
        let length = block.count
        for index in 0..<length {
            window[index] = window[length + index]
            window[length + index] = block[index]
        }
    }
}
