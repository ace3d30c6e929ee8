import ModelFormat
import SoundNet

@testable import Monitoring

/// A network that costs next to nothing, for tests that are about the samples and not the sounds:
/// one layer that adds the bands of four frames up.
enum LightModel {
    private static let bands = 16

    static func make() throws -> Model {
        try Model(bytes: bytes(), name: "light")
    }

    /// The model file.
    static func bytes() -> [UInt8] {
        let header = """
            {"name":"light","licence":"CC0-1.0","features":{"window_seconds":0.025,\
            "hop_seconds":0.01,"fft_seconds":0.05,"bands":\(bands),"low_hertz":60,\
            "high_hertz":7500,"mel_scale":"htk","floor":1e-10},"labels":["knock"],\
            "thresholds":[{"on":0.5,"off":0.3}],"frames_per_step":4,"delay_steps":0,"layers":[\
            {"kind":"conv","in":1,"out":1,"kernel":[4,\(bands)],"stride":[4,1],\
            "dilation":1,"pad":[0,0],"relu":false,\
            "weight":{"offset":0,"shape":[4,\(bands),1,1]},\
            "bias":{"offset":\(16 * bands),"shape":[1]}},{"kind":"sigmoid"}]}
            """
        var text = Array(header.utf8)
        while (20 + text.count) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        let weights = [Float](repeating: 0.25, count: 4 * bands + 1)
        let content = text + weights.flatMap { bytes($0.bitPattern) }
        let head = Array("SOUNDNET".utf8) + bytes(1) + bytes(UInt32(text.count))
        return head + bytes(CRC32.checksum(content[...])) + content
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
