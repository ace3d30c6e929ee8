/// A score as a byte: 0 to 1 in 255ths.
public enum ScoreCode {
    /// One that is not a number counts as 0, as for the tracker.
    public static func byte(_ score: Float) -> UInt8 {
        UInt8(((score > 0 ? min(score, 1) : 0) * 255).rounded())
    }
}
