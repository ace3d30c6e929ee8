/// Triangular filters, equally wide on the mel scale, of height 1, built from the true frequencies
/// of the FFT bins.
///
/// Equal to `librosa.filters.mel(htk=True, norm=None)`.
struct MelFilterbank {
    private struct Filter {
        /// First bin, counted from `bins.lowerBound`.
        let firstBin: Int
        /// Where its weights begin in `weights`.
        let firstWeight: Int
        /// A multiple of `lanes`: the last weight is followed by zeros.
        let count: Int
    }

    /// Sums that run side by side: a single one would wait for itself at each bin.
    private static let lanes = 4

    /// The bins that some filter uses.
    let bins: Range<Int>
    /// The length of the powers that `apply` takes: those of `bins`, and zeros for the zeros after
    /// the weights.
    var paddedBinCount: Int { bins.count + Self.lanes }
    private let filters: [Filter]  // [bands]
    private let weights: [Float]

    /// `nil` if a band would contain no bin.
    init?(bands: Int, lowHertz: Double, highHertz: Double, sampleRate: Int, fftLength: Int) {
        let binHertz = Double(sampleRate) / Double(fftLength)
        let edges = MelScale.edges(bands: bands, lowHertz: lowHertz, highHertz: highHertz)

        let first = Int((lowHertz / binHertz).rounded(.down))
        let last = min(Int((highHertz / binHertz).rounded(.up)), fftLength / 2)
        var filters: [Filter] = []
        var weights: [Float] = []
        for band in 0..<bands {
            let (left, centre, right) = (edges[band], edges[band + 1], edges[band + 2])
            let rising = (first...last).map { bin in
                let hertz = Double(bin) * binHertz
                return min((hertz - left) / (centre - left), (right - hertz) / (right - centre))
            }
            guard let start = rising.firstIndex(where: { $0 > 0 }),
                let end = rising.lastIndex(where: { $0 > 0 })
            else { return nil }
            let padding = (Self.lanes - (end - start + 1) % Self.lanes) % Self.lanes
            filters.append(
                Filter(
                    firstBin: start, firstWeight: weights.count, count: end - start + 1 + padding))
            weights += rising[start...end].map(Float.init)
            weights += [Float](repeating: 0, count: padding)
        }
        bins = first..<(last + 1)
        self.filters = filters
        self.weights = weights
    }

    /// The power in each band.
    ///
    /// - Parameters:
    ///   - powers: [paddedBinCount]
    ///   - bandPowers: [bands], overwritten
    func apply(_ powers: [Float], into bandPowers: inout [Float]) {
        for band in filters.indices {
            let filter = filters[band]
            var sums = SIMD4<Float>()
            for index in stride(from: 0, to: filter.count, by: Self.lanes) {
                let (weight, bin) = (filter.firstWeight + index, filter.firstBin + index)
                sums +=
                    SIMD4(
                        weights[weight], weights[weight + 1], weights[weight + 2],
                        weights[weight + 3])
                    * SIMD4(powers[bin], powers[bin + 1], powers[bin + 2], powers[bin + 3])
            }
            bandPowers[band] = sums.sum()
        }
    }
}
