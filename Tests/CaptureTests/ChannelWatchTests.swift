import SourceTypes
import Testing

@testable import Capture
@testable import Timekeeping

@Suite struct ChannelWatchTests {
    private static let rate = SampleRate.hz48000
    private static let second = rate.hertz

    /// A second of interleaved 16-bit samples: the channels in `active` change.
    private func see(
        _ watch: inout ChannelWatch, active: Set<Int>, channels: Int
    ) -> ChannelSignals {
        let samples = (0..<Self.second).flatMap { frame in
            (1...channels).map { active.contains($0) ? Int16(frame % 3) : 7 }
        }
        return samples.withUnsafeBytes { watch.see($0, frameCount: Self.second) }
    }

    private func watch(channel: Int, of channels: Int) -> ChannelWatch {
        ChannelWatch(
            conversion: PCMConversion(
                format: .signed16, channels: channels, channelIndex: channel - 1),
            sampleRate: Self.rate)
    }

    @Test func aSignalOnAnotherChannelIsSeen() {
        var watch = watch(channel: 1, of: 4)
        let signals = see(&watch, active: [2, 4], channels: 4)
        #expect(signals.othersOfLate == [2, 4] && signals.othersAtAll == [2, 4])
        #expect(
            signals.text(others: [2, 4], isZero: true)
                == "channel 1 of 4 is digital silence; channels 2, 4 have a signal")
        #expect(
            signals.text(others: [2], isZero: false)
                == "channel 1 of 4 does not change; channel 2 has a signal")
    }

    @Test func oneThatIsHeardHasNoOthers() {
        var watch = watch(channel: 2, of: 2)
        let signals = see(&watch, active: [1, 2], channels: 2)
        #expect(signals.othersOfLate.isEmpty && signals.othersAtAll.isEmpty)
        #expect(see(&watch, active: [1], channels: 2).othersAtAll.isEmpty)
    }

    /// What a channel had is forgotten after ten seconds.
    @Test func aSignalIsForgotten() {
        var watch = watch(channel: 1, of: 2)
        #expect(see(&watch, active: [2], channels: 2).othersOfLate == [2])
        var remembered = 0
        for _ in 1...20 where see(&watch, active: [], channels: 2).othersOfLate == [2] {
            remembered += 1
        }
        #expect(remembered == 9)
        #expect(see(&watch, active: [], channels: 2).othersAtAll == [2])
    }

    /// There may be more channels than the answer has bits.
    @Test func manyChannels() {
        var watch = watch(channel: 1, of: 80)
        #expect(see(&watch, active: [64, 80], channels: 80).othersOfLate == [64])
    }
}
