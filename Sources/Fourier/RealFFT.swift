internal import CFFTW
internal import Synchronization

/// The forward FFT of a real signal of fixed length (FFTW, single precision). Not thread-safe: one
/// instance belongs to one thread.
@safe public final class RealFFT {
    /// The number of samples that go in.
    public let length: Int
    /// The number of bins that come out: 0 Hz up to half the sample rate.
    public let binCount: Int

    private let input: UnsafeMutablePointer<Float>  // [length]
    private let output: UnsafeMutablePointer<fftwf_complex>  // [binCount]
    private let plan: fftwf_plan

    public init(length: Int) {
        precondition(length >= 1, "an FFT needs samples, not \(length)")
        self.length = length
        binCount = length / 2 + 1
        // SAFETY: both arrays have the lengths the plan is made for, live as long as the plan, and
        // are freed in deinit. fftwf_alloc_* never aborts, and returns nil only when out of memory.
        guard let input = unsafe fftwf_alloc_real(length),
            let output = unsafe fftwf_alloc_complex(binCount)
        else { fatalError("no memory for an FFT of \(length) samples") }
        unsafe input.initialize(repeating: 0, count: length)
        // FFTW_ESTIMATE: the same plan, and so the same rounding, on every start.
        // It leaves the lock as a number because a pointer may not be sent out of a closure.
        let address = planner.withLock { _ in
            unsafe Int(
                bitPattern: fftwf_plan_dft_r2c_1d(Int32(length), input, output, FFTW_ESTIMATE))
        }
        guard let plan = unsafe fftwf_plan(bitPattern: address) else {
            fatalError("FFTW has no plan for \(length) samples")
        }
        unsafe self.input = unsafe input
        unsafe self.output = unsafe output
        unsafe self.plan = unsafe plan
    }

    deinit {
        // SAFETY: allocated in init, and no references are left.
        planner.withLock { _ in unsafe fftwf_destroy_plan(plan) }
        unsafe fftwf_free(input)
        unsafe fftwf_free(output)
    }

    /// Transforms `frame * window` followed by zeros. Both have the same length, at most `length`.
    public func transform(_ frame: Span<Float>, window: [Float]) {
        precondition(frame.count == window.count && window.count <= length)
        // SAFETY: all three hold `window.count` values, as just checked; the rest is up to the
        // length.
        unsafe frame.withUnsafeBufferPointer { frame in
            unsafe window.withUnsafeBufferPointer { window in
                for index in 0..<window.count {
                    unsafe input[index] = unsafe frame[index] * window[index]
                }
            }
        }
        unsafe (input + window.count).update(repeating: 0, count: length - window.count)
        unsafe fftwf_execute(plan)
    }

    /// Writes the squared magnitude of each bin in `range` after `transform` to `powers`.
    public func powers(_ range: Range<Int>, into powers: inout [Float]) {
        precondition(range.upperBound <= binCount && powers.count >= range.count)
        unsafe powers.withUnsafeMutableBufferPointer { powers in
            for index in 0..<range.count {
                // SAFETY: the bin is below binCount and the index below the count of powers.
                let bin = unsafe output[range.lowerBound + index]
                unsafe powers[index] = bin.0 * bin.0 + bin.1 * bin.1
            }
        }
    }

    /// Transforms `frame`, at most `length` samples, followed by zeros.
    public func transform(_ frame: Span<Float>) {
        precondition(frame.count <= length)
        for index in 0..<frame.count {
            // SAFETY: the frame is no longer than the input.
            unsafe input[index] = frame[index]
        }
        // SAFETY: the rest of the input, up to its length.
        unsafe (input + frame.count).update(repeating: 0, count: length - frame.count)
        unsafe fftwf_execute(plan)
    }

    /// Writes the complex bins after `transform`, unscaled, to a spectrum of `binCount` bins.
    public func spectrum(into spectrum: inout Spectrum) {
        precondition(spectrum.binCount == binCount)
        for index in 0..<binCount {
            // SAFETY: the bin is below binCount.
            let bin = unsafe output[index]
            spectrum.real[index] = bin.0
            spectrum.imaginary[index] = bin.1
        }
    }
}
