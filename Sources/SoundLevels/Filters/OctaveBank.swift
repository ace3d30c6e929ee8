internal import LevelTypes
public import Timekeeping

/// The power in the third-octave and octave bands of a stream.
///
/// The bank is multirate: after the bands of the two highest octaves the sample rate is halved, and
/// so on down, one octave at a time, so all the octaves below together cost as much as one of them.
/// Three third-octave bands and an octave band are filtered side by side in the lanes of a vector.
/// (The sum of three third-octave bands is not an octave band: where two of them meet it is up to
/// half a decibel too high.)
public struct OctaveBank: Sendable {
    /// The mean square of each band, from the lowest up.
    public struct Powers: Sendable {
        public var thirdOctaves: [Double]
        public var octaves: [Double]
    }

    /// A band is filtered at the lowest rate of which its upper edge is at most this fraction. (At
    /// lower rates the bilinear transform would bend its skirts more.)
    private static let highestEdge = 0.25

    private let thirdOctaveCount: Int
    private let octaveCount: Int
    /// From the full sample rate down, each at half the rate of the previous one.
    private var stages: [[BandGroup]] = []
    /// Between the stages.
    private var decimators: [HalfBandDecimator] = []
    private var buffer: [Double]

    /// - Parameter blockSize: the most samples given at once
    public init(rate: SampleRate, blockSize: Int) {
        let nyquist = Double(rate.hertz) / 2
        let thirdOctaves = ThirdOctave.bands.filter { $0.upperEdgeHertz < nyquist }
        let octaves = Octave.bands.filter { $0.upperEdgeHertz < nyquist }
        thirdOctaveCount = thirdOctaves.count
        octaveCount = octaves.count
        buffer = Array(repeating: 0, count: blockSize)
        var rest = Array((thirdOctaves + octaves).enumerated())
        var stageRate = Double(rate.hertz)
        while !rest.isEmpty {
            let isHere = { (band: OctaveBand) in
                band.upperEdgeHertz > Self.highestEdge * stageRate / 2
            }
            stages.append(BandGroup.groups(of: rest.filter { isHere($0.element) }, rate: stageRate))
            rest.removeAll { isHere($0.element) }
            stageRate /= 2
        }
        decimators = Array(repeating: HalfBandDecimator(), count: stages.count - 1)
    }

    /// Takes samples, at most `blockSize`.
    public mutating func process(_ samples: Span<Float>) {
        for index in samples.indices { buffer[index] = Double(samples[index]) }
        var count = samples.count
        for index in stages.indices {
            if index > 0 { count = decimators[index - 1].process(&buffer, count: count) }
            for group in stages[index].indices {
                stages[index][group].process(buffer, count: count)
            }
        }
    }

    /// The mean squares since the last time.
    public mutating func takePowers() -> Powers {
        var all = [Double](repeating: 0, count: thirdOctaveCount + octaveCount)
        forEachGroup { $0.takePowers(into: &all) }
        for index in decimators.indices { decimators[index].dropVanishing() }
        return Powers(
            thirdOctaves: Array(all[..<thirdOctaveCount]), octaves: Array(all[thirdOctaveCount...]))
    }

    /// The filters start from zero state.
    public mutating func reset() {
        forEachGroup { $0.reset() }
        for index in decimators.indices { decimators[index].reset() }
    }

    private mutating func forEachGroup(_ body: (inout BandGroup) -> Void) {
        for stage in stages.indices {
            for group in stages[stage].indices { body(&stages[stage][group]) }
        }
    }
}

/// Up to four bands at one sample rate, one band per lane.
private struct BandGroup: Sendable {
    typealias Lanes = SIMD4<Double>

    /// 1 − z⁻² over 1 + a1 z⁻¹ + a2 z⁻², with states of opposite sign.
    struct Section: Sendable, BitwiseCopyable {
        let a1: Lanes
        let a2: Lanes
        var state1 = Lanes.zero
        var state2 = Lanes.zero

        @inline(__always)
        mutating func next(_ input: Lanes) -> Lanes {
            let output = input - state1
            state1 = state2 + a1 * output
            state2 = input + a2 * output
            return output
        }

        mutating func reset() {
            (state1, state2) = (.zero, .zero)
        }

        mutating func dropVanishing() {
            if (state1 * state1 + state2 * state2).sum() < vanishing { reset() }
        }
    }

    /// The sections of a band-pass, one after another.
    struct Cascade: Sendable, BitwiseCopyable {
        var first: Section
        var second: Section
        var third: Section
        var fourth: Section

        @inline(__always)
        mutating func next(_ input: Lanes) -> Lanes {
            fourth.next(third.next(second.next(first.next(input))))
        }

        mutating func reset() {
            first.reset()
            second.reset()
            third.reset()
            fourth.reset()
        }

        mutating func dropVanishing() {
            first.dropVanishing()
            second.dropVanishing()
            third.dropVanishing()
            fourth.dropVanishing()
        }
    }

    /// The index of each lane among all bands.
    private let places: [Int]
    private let gain: Lanes
    private var cascade: Cascade
    private var energy = Lanes.zero
    private var measured = 0

    /// Bands with their indices among all bands, in groups of four.
    static func groups(
        of bands: [(offset: Int, element: OctaveBand)], rate: Double
    ) -> [BandGroup] {
        stride(from: 0, to: bands.count, by: Lanes.scalarCount).map { start in
            let end = min(bands.count, start + Lanes.scalarCount)
            return BandGroup(Array(bands[start..<end]), rate: rate)
        }
    }

    private init(_ bands: [(offset: Int, element: OctaveBand)], rate: Double) {
        precondition(bands.count <= Lanes.scalarCount)
        let designs = bands.map { BandPassDesign($0.element, rate: rate) }
        func lanes(_ value: (BandPassDesign) -> Double) -> Lanes {
            var lanes = Lanes.zero
            for (index, design) in designs.enumerated() { lanes[index] = value(design) }
            return lanes
        }
        places = bands.map(\.offset)
        gain = lanes { $0.gain }
        let sections = (0..<BandPassDesign.sections).map { section in
            Section(a1: lanes { $0.a1[section] }, a2: lanes { $0.a2[section] })
        }
        cascade = Cascade(
            first: sections[0], second: sections[1], third: sections[2], fourth: sections[3])
    }

    mutating func process(_ samples: [Double], count: Int) {
        var (work, sum) = (cascade, energy)
        let span = samples.span
        for index in 0..<count {
            let value = work.next(gain * span[index])
            sum += value * value
        }
        (cascade, energy) = (work, sum)
        measured += count
    }

    /// An interval of less than a sample of this rate has no power.
    mutating func takePowers(into powers: inout [Double]) {
        for (lane, place) in places.enumerated() where measured > 0 {
            powers[place] = energy[lane] / Double(measured)
        }
        beginInterval()
        cascade.dropVanishing()
    }

    private mutating func beginInterval() {
        energy = .zero
        measured = 0
    }

    mutating func reset() {
        beginInterval()
        cascade.reset()
    }
}
