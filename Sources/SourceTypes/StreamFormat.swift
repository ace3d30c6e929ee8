public import Timekeeping

/// What raw PCM does not say about itself.
public struct StreamFormat: Sendable, Hashable {
    public var format: PCMFormat
    public var sampleRate: SampleRate
    /// 1 or more.
    public var channels: Int

    public init(
        format: PCMFormat = .signed16, sampleRate: SampleRate = .hz48000, channels: Int = 1
    ) {
        self.format = format
        self.sampleRate = sampleRate
        self.channels = channels
    }
}
