internal import Glibc

/// Levels in decibels from powers. Means are always taken over powers.
public enum Decibels {
    /// 10 lg(power), in dB; -infinity for zero.
    public static func level(power: Double) -> Double {
        10 * log10(power)
    }
}
