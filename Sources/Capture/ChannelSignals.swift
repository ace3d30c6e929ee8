/// Which channels of a source carry a signal, and which one is listened to.
public struct ChannelSignals: Sendable, Hashable {
    /// The channel that is listened to, from 1.
    public var channel: Int
    public var count: Int
    /// A bit for each of the first 64 channels, the lowest for channel 1: its samples have changed
    /// in the last ten seconds.
    var recent: UInt64 = 0
    /// The same since the beginning.
    var ever: UInt64 = 0

    /// The others that have changed of late, if the one that is listened to has not.
    public var othersOfLate: [Int] { others(recent) }
    /// The others that have ever changed, if the one that is listened to never has.
    public var othersAtAll: [Int] { others(ever) }

    private func others(_ mask: UInt64) -> [Int] {
        let changed = (1...UInt64.bitWidth).filter { mask >> UInt64($0 - 1) & 1 == 1 }
        return changed.contains(channel) ? [] : changed
    }

    /// `channel 1 of 2 is digital silence; channel 2 has a signal`
    public func text(others: [Int], isZero: Bool) -> String {
        let list = others.map(String.init).joined(separator: ", ")
        return "channel \(channel) of \(count) "
            + (isZero ? "is digital silence; " : "does not change; ")
            + (others.count == 1
                ? "channel \(list) has a signal" : "channels \(list) have a signal")
    }
}
