import Capture
import Foundation
import Timekeeping

/// A long recording, made from a short one.
enum Recording {
    /// Writes `minutes` of 48 kHz 16-bit mono WAV: the file, repeated, and resampled to 48 kHz by
    /// linear interpolation (good enough to keep every stage busy).
    static func write(loopOf path: String, minutes: Int, to target: String) throws {
        let (samples, rate) = try read(path)
        let count = minutes * 60 * 48_000
        let step = Double(rate.hertz) / 48_000
        var pcm = [Int16](repeating: 0, count: count)
        for index in 0..<count {
            let position = (Double(index) * step).truncatingRemainder(
                dividingBy: Double(samples.count - 1))
            let (left, fraction) = (Int(position), Float(position - position.rounded(.down)))
            let value = samples[left] + fraction * (samples[left + 1] - samples[left])
            pcm[index] = Int16(max(-32_768, min(32_767, value * 32_768)))
        }
        var data = header(sampleCount: count)
        pcm.withUnsafeBytes { data.append(contentsOf: $0) }
        try data.write(to: URL(filePath: target))
    }

    /// All samples of a file.
    static func read(_ path: String) throws -> (samples: [Float], rate: SampleRate) {
        let source = try FileSource(path: path, channel: 1, rate: nil, pace: .maximum)
        defer { source.close() }
        var samples: [Float] = []
        var block = [Float](repeating: 0, count: 4_096)
        while true {
            switch block.withUnsafeMutableBufferPointer({ source.read(into: $0) }) {
            case .samples(let count, _): samples += block[..<count]
            case .endOfStream: return (samples, source.sampleRate)
            case .gap, .idle: continue
            case .failed(let fault): throw source.describe(fault)
            }
        }
    }

    /// The 44 bytes before 48 kHz 16-bit mono samples.
    private static func header(sampleCount: Int) -> Data {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let size = 2 * sampleCount
        let format =
            bytes(16, 4) + bytes(1, 2) + bytes(1, 2) + bytes(48_000, 4)
            + bytes(96_000, 4) + bytes(2, 2) + bytes(16, 2)
        return Data(
            Array("RIFF".utf8) + bytes(36 + size, 4) + Array("WAVEfmt ".utf8) + format
                + Array("data".utf8) + bytes(size, 4))
    }
}
