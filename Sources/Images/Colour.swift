/// A screen colour (sRGB).
public struct Colour: Sendable, Hashable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    /// - Parameter hex: 0xRRGGBB
    public init(_ hex: UInt32) {
        red = UInt8(truncatingIfNeeded: hex >> 16)
        green = UInt8(truncatingIfNeeded: hex >> 8)
        blue = UInt8(truncatingIfNeeded: hex)
    }

    public static let white = Colour(0xFFFFFF)
    public static let black = Colour(0x000000)

    /// This colour with a share of another one over it.
    ///
    /// - Parameter share: 0 is this colour, 1 the other one
    public func blended(with other: Colour, _ share: Double) -> Colour {
        func mix(_ below: UInt8, _ above: UInt8) -> UInt8 {
            UInt8((Double(below) + (Double(above) - Double(below)) * share).rounded())
        }
        var result = self
        result.red = mix(red, other.red)
        result.green = mix(green, other.green)
        result.blue = mix(blue, other.blue)
        return result
    }
}

/// Colours for numbers, in which equal steps look equally large, also in grey.
///
/// magma of Smith and van der Walt (bids.github.io/colormap, CC0): eleven of its 256 colours,
/// evenly spaced, with straight lines between them.
public enum ColourMap {
    private static let magma = [
        0x000004, 0x140E36, 0x3B0F70, 0x641A80, 0x8C2981, 0xB73779, 0xDE4968, 0xF7705C, 0xFE9F6D,
        0xFECF92, 0xFCFDBF,
    ].map { Colour($0) }

    /// The colour of a number from 0 (darkest) to 1; values outside are clamped.
    public static func colour(_ value: Double) -> Colour {
        let place = min(max(value, 0), 1) * Double(magma.count - 1)
        let index = min(Int(place), magma.count - 2)
        return magma[index].blended(with: magma[index + 1], place - Double(index))
    }
}
