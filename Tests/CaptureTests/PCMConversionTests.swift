import SourceTypes
import Testing

@testable import Capture

/// The expected values are computed from the definition, in Double, not by the code under test.
@Suite struct PCMConversionTests {
    @Test func everySigned16() {
        let patterns = (Int(Int16.min)...Int(Int16.max)).map { UInt32(bitPattern: Int32($0)) }
        let found = convert(patterns, .signed16)
        for (index, pattern) in patterns.enumerated() {
            let expected = Float(Double(Int16(truncatingIfNeeded: pattern)) / 32_768)
            #expect(found[index] == expected, "\(pattern)")
        }
        #expect(found.min() == -1 && found.max() == 1 - 0x1p-15)
    }

    static let patterns24: [(UInt32, Double)] = [
        (0, 0), (1, 0x1p-23), (0x7FFFFF, 1 - 0x1p-23), (0x800000, -1), (0x800001, -1 + 0x1p-23),
        (0xFFFFFF, -0x1p-23), (0x400000, 0.5), (0xC00000, -0.5), (0x123456, 1_193_046 * 0x1p-23),
        (0xFEDCBA, -74_566 * 0x1p-23), (0x0000FF, 255 * 0x1p-23), (0x00FF00, 65_280 * 0x1p-23),
    ]

    @Test(arguments: [PCMFormat.signed24Packed, .signed24])
    func signed24(_ format: PCMFormat) {
        let found = convert(Self.patterns24.map(\.0), format)
        for (index, (pattern, value)) in Self.patterns24.enumerated() {
            #expect(found[index] == Float(value), "\(String(pattern, radix: 16))")
        }
    }

    @Test func everyBitOf24() {
        let bits = (0..<24).map { UInt32(1) << UInt32($0) }
        for format in [PCMFormat.signed24Packed, .signed24] {
            let found = convert(bits, format)
            let powers = (0..<23).map { Float(sign: .plus, exponent: $0 - 23, significand: 1) }
            #expect(found == powers + [-1])
        }
    }

    @Test func theUpperByteOf24In32IsIgnored() {
        let rubbish = Self.patterns24.map { $0.0 | 0xA500_0000 }
        #expect(convert(rubbish, .signed24) == convert(Self.patterns24.map(\.0), .signed24))
    }

    @Test func signed32() {
        let values: [Int32] = [
            0, 1, -1, .min, .min + 1, .max, .max - 1, .max - 64, .max - 63, 1 << 30, -1 << 30,
            0x1234_5678, -0x1234_5678, 256, 255,
        ]
        let found = convert(values.map { UInt32(bitPattern: $0) }, .signed32)
        for (index, value) in values.enumerated() {
            let exact = Double(value) * 0x1p-31
            #expect(abs(Double(found[index]) - exact) <= abs(exact) * 0x1p-24, "\(value)")
            #expect(found[index] >= -1 && found[index] < 1, "\(value)")
        }
        let bits = convert((0..<31).map { UInt32(1) << UInt32($0) }, .signed32)
        let powers = (0..<31).map { Float(sign: .plus, exponent: $0 - 31, significand: 1) }
        #expect(bits == powers)
    }

    @Test func floatsAreTakenAsTheyAre() {
        let values: [Float] = [0, -0.0, 1, -1, 1.5, -3, .leastNonzeroMagnitude, 0x1p-149, 1e30]
        let found = convert(values.map(\.bitPattern), .float32)
        #expect(found.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test func whatIsNotFiniteBecomesSilence() {
        let values: [Float] = [.nan, .signalingNaN, .infinity, -.infinity]
        #expect(convert(values.map(\.bitPattern), .float32) == [0, 0, 0, 0])
    }

    /// Each sample identifies itself, so a wrong stride or offset shows.
    @Test(arguments: PCMFormat.allCases)
    func everyChannelOfEveryCountAtEveryLength(_ format: PCMFormat) {
        for channels in 1...8 {
            for frameCount in [0, 1, 2, 3, 7, 64] {
                for channel in 0..<channels {
                    let values = (0..<frameCount * channels).map { 1 + $0 }
                    let raw = values.flatMap { bytes(pattern($0, format), format) }
                    let expected = (0..<frameCount).map {
                        Float(Double(values[$0 * channels + channel]) / 1024)
                    }
                    let conversion = PCMConversion(
                        format: format, channels: channels, channelIndex: channel)
                    #expect(run(conversion, raw, frameCount) == expected)
                    #expect(run(conversion, [0xEE] + raw, frameCount, skipping: 1) == expected)
                }
            }
        }
    }

    @Test func samplesBehindTheLastFrameAreLeftAlone() {
        let conversion = PCMConversion(format: .signed16, channels: 1, channelIndex: 0)
        var samples: [Float] = [9, 9, 9]
        samples.withUnsafeMutableBufferPointer { target in
            [UInt8](repeating: 0, count: 6).withUnsafeBytes {
                conversion.convert($0, frameCount: 2, into: target)
            }
        }
        #expect(samples == [0, 0, 9])
    }

    /// The bits of `value / 1024` in a format; exact for all values used.
    private func pattern(_ value: Int, _ format: PCMFormat) -> UInt32 {
        switch format {
        case .signed16: UInt32(value) << 5
        case .signed24, .signed24Packed: UInt32(value) << 13
        case .signed32: UInt32(value) << 21
        case .float32: (Float(value) / 1024).bitPattern
        }
    }

    private func bytes(_ pattern: UInt32, _ format: PCMFormat) -> [UInt8] {
        (0..<format.bytesPerSample).map { UInt8(truncatingIfNeeded: pattern >> UInt32(8 * $0)) }
    }

    private func convert(_ patterns: [UInt32], _ format: PCMFormat) -> [Float] {
        let conversion = PCMConversion(format: format, channels: 1, channelIndex: 0)
        return run(conversion, patterns.flatMap { bytes($0, format) }, patterns.count)
    }

    private func run(
        _ conversion: PCMConversion, _ raw: [UInt8], _ frameCount: Int, skipping offset: Int = 0
    ) -> [Float] {
        var samples = [Float](repeating: .nan, count: frameCount)
        samples.withUnsafeMutableBufferPointer { target in
            raw.withUnsafeBytes {
                conversion.convert(
                    UnsafeRawBufferPointer(rebasing: $0[offset...]), frameCount: frameCount,
                    into: target)
            }
        }
        return samples
    }
}
