internal import Glibc
internal import LevelTypes

/// A digital Butterworth band-pass of order 4 (8 poles): the bilinear transform with both band
/// edges prewarped, so each edge is 3.01 dB down exactly. It passes the class 1 masks of IEC
/// 61260-1:2014.
///
/// H(z) = gain · Π (1 − z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²), four sections.
struct BandPassDesign {
    static let sections = 4

    let gain: Double
    let a1: [Double]  // [sections]
    let a2: [Double]  // [sections]

    init(_ band: OctaveBand, rate: Double) {
        let low = tan(.pi * band.lowerEdgeHertz / rate)
        let high = tan(.pi * band.upperEdgeHertz / rate)
        let bandwidth = high - low
        let middle = (low * high).squareRoot()
        var poles: [Complex] = []
        for index in 0..<2 {
            // The poles of the low-pass prototype in the upper half plane.
            let angle = .pi * (Double(2 * index + 1) / 8 + 0.5)
            let scaled = Complex(cos(angle), sin(angle)) * (bandwidth / 2)
            let root = (scaled * scaled - Complex(middle * middle, 0)).squareRoot()
            poles += [scaled + root, scaled - root]
        }
        // s = (z − 1) / (z + 1)
        let one = Complex(1, 0)
        let roots = poles.map { (one + $0) / (one - $0) }
        a1 = roots.map { -2 * $0.real }
        a2 = roots.map { $0.power }
        // The greatest gain is at the middle of the prewarped band.
        let z = Complex(1, middle) / Complex(1, -middle)
        let response = roots.reduce(one) { product, root in
            product * (z * z - one) / ((z - root) * (z - Complex(root.real, -root.imaginary)))
        }
        gain = 1 / response.power.squareRoot()
    }
}

/// As much complex arithmetic as a filter design needs.
private struct Complex {
    var real: Double
    var imaginary: Double

    init(_ real: Double, _ imaginary: Double) {
        (self.real, self.imaginary) = (real, imaginary)
    }

    /// The squared magnitude.
    var power: Double { real * real + imaginary * imaginary }

    /// The root whose real part is 0 or more.
    func squareRoot() -> Complex {
        let magnitude = power.squareRoot()
        let half = ((magnitude + real) / 2).squareRoot()
        let other = max(0, (magnitude - real) / 2).squareRoot()
        return Complex(half, imaginary < 0 ? -other : other)
    }

    static func + (left: Complex, right: Complex) -> Complex {
        Complex(left.real + right.real, left.imaginary + right.imaginary)
    }

    static func - (left: Complex, right: Complex) -> Complex {
        Complex(left.real - right.real, left.imaginary - right.imaginary)
    }

    static func * (left: Complex, right: Complex) -> Complex {
        Complex(
            left.real * right.real - left.imaginary * right.imaginary,
            left.real * right.imaginary + left.imaginary * right.real)
    }

    static func * (left: Complex, right: Double) -> Complex {
        Complex(left.real * right, left.imaginary * right)
    }

    static func / (left: Complex, right: Complex) -> Complex {
        left * Complex(right.real, -right.imaginary) * (1 / right.power)
    }
}
