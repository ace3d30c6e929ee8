internal import CFFTW
internal import Synchronization

/// The inverse transform, from the bins of `RealFFT` to samples (FFTW, single precision). Not
/// thread-safe: one instance belongs to one thread.
@safe public final class InverseRealFFT {
    /// The number of samples that come out.
    public let length: Int
    /// The number of bins that go in: 0 Hz up to half the sample rate.
    public let binCount: Int

    private let input: UnsafeMutablePointer<fftwf_complex>  // [binCount]
    private let output: UnsafeMutablePointer<Float>  // [length]
    private let plan: fftwf_plan

    public init(length: Int) {
        precondition(length >= 1, "an FFT needs samples, not \(length)")
        self.length = length
        binCount = length / 2 + 1
        // SAFETY: both arrays have the lengths the plan is made for, live as long as the plan, and
        // are freed in deinit. fftwf_alloc_* never aborts, and returns nil only when out of memory.
        guard let input = unsafe fftwf_alloc_complex(binCount),
            let output = unsafe fftwf_alloc_real(length)
        else { fatalError("no memory for an FFT of \(length) samples") }
        // FFTW_ESTIMATE: the same plan, and so the same rounding, on every start. It leaves the
        // lock as a number because a pointer may not be sent out of a closure.
        let address = planner.withLock { _ in
            unsafe Int(
                bitPattern: fftwf_plan_dft_c2r_1d(Int32(length), input, output, FFTW_ESTIMATE))
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

    /// Transforms `binCount` bins; `RealFFT` followed by this gives the samples back.
    public func transform(_ spectrum: Spectrum) {
        precondition(spectrum.binCount == binCount)
        let scale = 1 / Float(length)
        for index in 0..<binCount {
            // SAFETY: the bin is below binCount. FFTW overwrites its input, hence a separate array.
            unsafe input[index].0 = spectrum.real[index] * scale
            unsafe input[index].1 = spectrum.imaginary[index] * scale
        }
        unsafe fftwf_execute(plan)
    }

    /// Samples after `transform`, as many as `samples` holds, the first of them at `start`.
    public func samples(from start: Int, into samples: inout [Float]) {
        precondition(start >= 0 && start + samples.count <= length)
        for index in samples.indices {
            // SAFETY: the sample is below the length.
            samples[index] = unsafe output[start + index]
        }
    }
}
