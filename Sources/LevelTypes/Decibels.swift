internal import Glibc

/// Levels in decibels from powers. Means are always taken over powers.
public enum Decibels {
    /// The power below which there is nothing: what is left of a sound in filters that ring on in
    /// digital silence. The smallest sample of 32 bits is more than 110 dB above it.
    static let nothing = 1e-30

    /// 10 lg(power), in dB re full scale; -infinity for zero and for less than `nothing`.
    public static func level(power: Double) -> Double {
        power < nothing ? -.infinity : 10 * log10(power)
    }

    /// The power of a level in dB.
    public static func power(level: Double) -> Double {
        pow(10, level / 10)
    }
}
