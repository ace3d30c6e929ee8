@testable import ModelFormat

/// A model whose answer is known: its logit is the sum of four bands of one earlier frame, times
/// `weight`, plus `bias`.
enum HandMadeModel {
    static let bands = 16
    /// The frame that decides is this many frames older than the newest one.
    static let age = 30
    static let decidingBands = 8..<12
    static let weight: Float = 0.25
    static let bias: Float = 5

    /// - Parameter framesPerStep: the frame that decides is older than the last one of the step
    static func make(framesPerStep: Int = 1) throws -> Model {
        let taps = age + 1
        let header = """
            {"name":"hand","licence":"CC0-1.0","features":{"window_seconds":0.025,\
            "hop_seconds":0.01,"fft_seconds":0.05,"bands":\(bands),"low_hertz":60,\
            "high_hertz":7500,"mel_scale":"htk","floor":1e-10},"labels":["knock"],\
            "thresholds":[{"on":0.5,"off":0.3}],"frames_per_step":\(framesPerStep),\
            "delay_steps":0,"layers":[\
            {"kind":"conv","in":1,"out":1,"kernel":[\(taps),\(bands)],\
            "stride":[\(framesPerStep),1],"dilation":1,"pad":[0,0],"relu":false,\
            "weight":{"offset":0,"shape":[\(taps),\(bands),1,1]},\
            "bias":{"offset":\(4 * taps * bands),"shape":[1]}},{"kind":"sigmoid"}]}
            """
        // The first tap sees the oldest frame.
        var weights = [Float](repeating: 0, count: taps * bands)
        for band in decidingBands { weights[band] = weight }
        return try Model(bytes: file(header, weights + [bias]), name: "hand")
    }

    private static func file(_ header: String, _ tensors: [Float]) -> [UInt8] {
        var text = Array(header.utf8)
        while (20 + text.count) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        let content = text + tensors.flatMap { bytes($0.bitPattern) }
        return Array("SOUNDNET".utf8) + bytes(1) + bytes(UInt32(text.count))
            + bytes(CRC32.checksum(content[...])) + content
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
