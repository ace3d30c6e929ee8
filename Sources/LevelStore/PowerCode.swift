internal import LevelTypes

/// A level in twelve bits: how maxima, minima, peaks and the bands of a second are stored.
///
/// | code | level relative to full scale |
/// |---|---|
/// | 0 | none: nothing was measured |
/// | 1 | no power, or below -180 dB |
/// | 2...4095 | -180 dB + 0.05 dB · (code - 2), up to 24.65 dB and all above |
///
/// The nearest level is taken, so the error is 0.025 dB at most. Full scale of 24 bits is 144 dB
/// above its smallest step; the noise of a good converter, per band, is some 30 dB lower.
enum PowerCode {
    static let none: UInt16 = 0
    static let silence: UInt16 = 1
    static let highest: UInt16 = 4095

    private static let lowestDecibels = -180.0
    private static let stepsPerDecibel = 20.0

    /// The code of a power.
    static func code(power: Double?) -> UInt16 {
        guard let power else { return none }
        let level = Decibels.level(power: power)
        let steps = ((level - lowestDecibels) * stepsPerDecibel).rounded()
        // A NaN is refused before it gets here, but even so it must not trap.
        guard steps >= 0 else { return silence }
        return UInt16(min(steps + 2, Double(highest)))
    }

    /// The power of a code up to `highest`; `nil` for `none`.
    static func power(code: UInt16) -> Double? {
        code == none ? nil : powers[Int(code)]
    }

    /// The level of a code in dB relative to full scale; -infinity for `silence` and `none`.
    static func level(code: UInt16) -> Double {
        code > silence
            ? lowestDecibels + Double(code - 2) / stepsPerDecibel : -Double.infinity
    }

    private static let powers = (0...highest).map { Decibels.power(level: level(code: $0)) }
}
