internal import Glibc

/// Levels in decibels from powers. Means are always taken over powers.
public enum Decibels {
    /// 10 lg(power), in dB; -infinity for zero.
    public static func level(power: Double) -> Double {
        10 * log10(power)
    }

    /// The power of a level in dB.
    public static func power(level: Double) -> Double {
        pow(10, level / 10)
    }
}
