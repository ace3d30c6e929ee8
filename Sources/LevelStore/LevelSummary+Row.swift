internal import LevelTypes

/// The blobs of `level_second` and `level_rollup`. Seconds and flags are in columns.
///
/// Both begin with the exposures A, C and Z (Float32), then LAFmax, LAFmin, LASmax, LASmin, LCpeak,
/// LZpeak and the sample peak (`PowerCode`). The bands follow: in a second as codes of their
/// powers, in the same series of twelve-bit codes; in a roll-up as exposures (Float32) from the
/// next whole byte. The length says how many bands there are.
extension LevelSummary {
    private static let exposureBytes = 12
    private static let extremes = 7
    private static let extremeBytes = 11

    /// The blob of a second.
    func encodedSecond() throws -> [UInt8] {
        try check()
        var encoder = LevelEncoder(capacity: 72)
        try encodeExposures(&encoder)
        let bands = bandExposures.map { PowerCode.code(power: $0 / seconds) }
        encoder.codes(extremeCodes + bands)
        return encoder.bytes
    }

    /// - Parameters:
    ///   - seconds: the audio of the row; 0 for a row whose other columns say so
    ///   - withBands: false: the bands are not decoded
    init(second bytes: [UInt8], seconds: Double, withBands: Bool = true) throws {
        var decoder = LevelDecoder(bytes)
        self.init()
        self.seconds = seconds
        try decodeExposures(&decoder)
        let count = decoder.remaining * 2 / 3
        guard (count * 3 + 1) / 2 == decoder.remaining, Self.areBands(count - Self.extremes)
        else { throw LevelDecoder.damage("a second has \(bytes.count) bytes") }
        let codes = try decoder.codes(withBands ? count : min(count, Self.extremes + 1))
        setExtremes(codes)
        guard withBands else { return }
        bandExposures = codes[Self.extremes...].map {
            (PowerCode.power(code: $0) ?? 0) * seconds
        }
    }

    /// The blob of a roll-up.
    func encodedRollUp() throws -> [UInt8] {
        try check()
        var encoder = LevelEncoder(capacity: 155)
        try encodeExposures(&encoder)
        encoder.codes(extremeCodes)
        for exposure in bandExposures { try encoder.exposure(exposure) }
        return encoder.bytes
    }

    init(rollUp bytes: [UInt8], seconds: Double) throws {
        var decoder = LevelDecoder(bytes)
        self.init()
        self.seconds = seconds
        try decodeExposures(&decoder)
        setExtremes(try decoder.codes(Self.extremes))
        guard decoder.remaining % 4 == 0, Self.areBands(decoder.remaining / 4)
        else { throw LevelDecoder.damage("a roll-up has \(bytes.count) bytes") }
        bandExposures.reserveCapacity(decoder.remaining / 4)
        while decoder.remaining > 0 { bandExposures.append(try decoder.exposure()) }
    }

    /// The code of LAFmax in either blob.
    static func fastMaximumCode(_ bytes: [UInt8]) throws -> UInt16 {
        guard bytes.count >= exposureBytes + extremeBytes else {
            throw LevelDecoder.damage("\(bytes.count) bytes are too few")
        }
        return UInt16(bytes[exposureBytes]) | UInt16(bytes[exposureBytes + 1] & 0xF) << 8
    }

    private static func areBands(_ count: Int) -> Bool {
        (0...ThirdOctave.bands.count).contains(count)
    }

    /// Powers are checked here, because a code has no room for a NaN; exposures are checked where
    /// they are written.
    private func check() throws {
        guard Self.areBands(bandExposures.count) else {
            throw unacceptable(
                "\(bandExposures.count) bands; there are \(ThirdOctave.bands.count)")
        }
        let powers = extremePowers.compactMap(\.self) + bandExposures
        if let wrong = powers.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw unacceptable("a power is \(wrong), not a finite number from 0")
        }
    }

    private func encodeExposures(_ encoder: inout LevelEncoder) throws {
        for exposure in [exposureA, exposureC, exposureZ] { try encoder.exposure(exposure) }
    }

    private mutating func decodeExposures(_ decoder: inout LevelDecoder) throws {
        exposureA = try decoder.exposure()
        exposureC = try decoder.exposure()
        exposureZ = try decoder.exposure()
    }

    private var extremePowers: [Double?] {
        [
            fastMaximum, fastMinimum, slowMaximum, slowMinimum, peakC * peakC, peakZ * peakZ,
            samplePeak * samplePeak,
        ]
    }

    private var extremeCodes: [UInt16] { extremePowers.map { PowerCode.code(power: $0) } }

    private mutating func setExtremes(_ codes: [UInt16]) {
        fastMaximum = PowerCode.power(code: codes[0])
        fastMinimum = PowerCode.power(code: codes[1])
        slowMaximum = PowerCode.power(code: codes[2])
        slowMinimum = PowerCode.power(code: codes[3])
        peakC = (PowerCode.power(code: codes[4]) ?? 0).squareRoot()
        peakZ = (PowerCode.power(code: codes[5]) ?? 0).squareRoot()
        samplePeak = (PowerCode.power(code: codes[6]) ?? 0).squareRoot()
    }
}
