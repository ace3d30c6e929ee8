internal import CSoundNetKernels
internal import ModelFormat

extension Convolution {
    /// For each output frame and band, what the kernel sees of the input: `from`, counted from the
    /// newest frame of the input, goes to `to`, an index of [kernelTime][kernelBand][channels].
    /// Padding is not part of any run.
    func runs(from input: StepShape, to output: StepShape, channels: Int) -> [[soundnet_run]] {
        (0..<output.frames).flatMap { frame in
            (0..<output.bands).map { band in
                runs(frame: frame, band: band, input: input, channels: channels)
            }
        }
    }

    private func runs(
        frame: Int, band: Int, input: StepShape, channels: Int
    ) -> [soundnet_run] {
        let firstBand = band * strideBand - padLow
        let lastBand = min(firstBand + kernelBand, input.bands) - 1
        guard lastBand >= max(firstBand, 0) else { return [] }
        let seen = max(firstBand, 0)...lastBand
        return (0..<kernelTime).map { tap in
            // The newest tap sees the last of the frames that this output strides over. Older ones
            // are up to historyFrames before the newest step.
            let age = (kernelTime - 1 - tap) * dilation
            let inputFrame = frame * strideTime + strideTime - 1 - age
            return soundnet_run(
                from: (inputFrame * input.bands + seen.lowerBound) * channels,
                to: (tap * kernelBand + seen.lowerBound - firstBand) * channels,
                count: seen.count * channels)
        }
    }
}
