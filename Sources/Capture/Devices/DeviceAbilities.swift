public import SourceTypes

/// What a capture device offers, of what this program can use.
public struct DeviceAbilities: Sendable, Hashable {
    /// The best first.
    public var formats: [PCMFormat]
    /// The usual ones, in Hz.
    public var rates: [Int]
    public var leastChannels: Int
    public var mostChannels: Int

    public init(formats: [PCMFormat], rates: [Int], leastChannels: Int, mostChannels: Int) {
        (self.formats, self.rates) = (formats, rates)
        (self.leastChannels, self.mostChannels) = (leastChannels, mostChannels)
    }
}
