/// The complex bins of a real signal, from 0 Hz up to half the sample rate.
public struct Spectrum: Sendable {
    public var real: [Float]  // [binCount]
    public var imaginary: [Float]  // [binCount]

    /// Zeros.
    public init(binCount: Int) {
        real = Array(repeating: 0, count: binCount)
        imaginary = Array(repeating: 0, count: binCount)
    }

    public var binCount: Int { real.count }

    /// Makes every bin zero.
    public mutating func clear() {
        for index in real.indices { real[index] = 0 }
        for index in imaginary.indices { imaginary[index] = 0 }
    }

    /// Adds the product of two spectra, bin by bin. All three have the same count of bins.
    public mutating func addProduct(_ left: Spectrum, _ right: Spectrum) {
        Self.addProduct(left, right, &real, &imaginary)
    }

    private static func addProduct(
        _ left: Spectrum, _ right: Spectrum, _ real: inout [Float], _ imaginary: inout [Float]
    ) {
        let count = real.count
        precondition(imaginary.count == count && left.real.count == count)
        precondition(left.imaginary.count == count)
        precondition(right.real.count == count && right.imaginary.count == count)
        for index in 0..<count {
            let (leftReal, leftImaginary) = (left.real[index], left.imaginary[index])
            let (rightReal, rightImaginary) = (right.real[index], right.imaginary[index])
            real[index] += leftReal * rightReal - leftImaginary * rightImaginary
            imaginary[index] += leftReal * rightImaginary + leftImaginary * rightReal
        }
    }
}
