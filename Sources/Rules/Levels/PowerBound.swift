internal import LevelTypes

/// The bound of a level condition as a power: no logarithm is taken of what is compared with it,
/// for each rule and second.
struct PowerBound: Sendable {
    /// Whether levels above it are accepted, and not those below.
    let isLower: Bool
    private let power: Double

    init(_ bound: LevelCondition.Bound) {
        switch bound {
        case .above(let level): (isLower, power) = (true, Decibels.power(level: level))
        case .below(let level): (isLower, power) = (false, Decibels.power(level: level))
        }
    }

    func accepts(_ power: Double) -> Bool { isLower ? power > self.power : power < self.power }
}
