internal import SourceTypes
internal import Timekeeping

/// Watches all channels of a source for changes, so that silence on the wrong one can be told from
/// a quiet place. It neither allocates nor locks.
struct ChannelWatch {
    private static let seconds: Int64 = 10

    private let patience: Int64
    private let conversion: PCMConversion
    private var signals: ChannelSignals
    /// For each channel, the number of frames up to its last change.
    private var lastChange: [Int64]
    private var frames: Int64 = 0

    init(conversion: PCMConversion, sampleRate: SampleRate) {
        self.conversion = conversion
        patience = Self.seconds * Int64(sampleRate.hertz)
        signals = ChannelSignals(channel: conversion.channelIndex + 1, count: conversion.channels)
        lastChange = Array(
            repeating: -patience, count: min(conversion.channels, UInt64.bitWidth))
    }

    /// Takes the next frames, and says which channels carry a signal. One that does takes no time.
    mutating func see(_ raw: UnsafeRawBufferPointer, frameCount: Int) -> ChannelSignals {
        frames += Int64(frameCount)
        signals.recent = 0
        for channel in lastChange.indices {
            if unsafe hasChange(raw, frameCount, channel) { lastChange[channel] = frames }
            if frames - lastChange[channel] < patience { signals.recent |= 1 << UInt64(channel) }
        }
        signals.ever |= signals.recent
        return signals
    }

    /// Whether the samples of a channel differ from the first one.
    private func hasChange(
        _ raw: UnsafeRawBufferPointer, _ frameCount: Int, _ channel: Int
    ) -> Bool {
        let stride = conversion.bytesPerFrame
        let start = channel * conversion.format.bytesPerSample
        for frame in 1..<max(1, frameCount) {
            for byte in start..<start + conversion.format.bytesPerSample
            where unsafe raw[frame * stride + byte] != raw[byte] {
                return true
            }
        }
        return false
    }
}
