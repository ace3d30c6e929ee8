/// How a sample is laid out in memory. All are little-endian; the names are those of ALSA.
public enum PCMFormat: String, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// 16 bits in 2 bytes.
    case signed16 = "S16_LE"
    /// 24 bits in 3 bytes.
    case signed24Packed = "S24_3LE"
    /// 24 bits in the low bytes of 4.
    case signed24 = "S24_LE"
    /// 32 bits in 4 bytes.
    case signed32 = "S32_LE"
    /// IEEE 754 single precision in 4 bytes.
    case float32 = "FLOAT_LE"

    public var bytesPerSample: Int {
        switch self {
        case .signed16: 2
        case .signed24Packed: 3
        case .signed24, .signed32, .float32: 4
        }
    }
}
