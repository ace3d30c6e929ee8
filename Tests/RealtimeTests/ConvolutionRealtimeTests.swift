import CRealtimeGuard
import Fourier
import Testing

/// The convolution that corrects a microphone runs in the analysis: a block allocates nothing.
@Suite(.serialized, .enabled(if: realtime_guard_is_active(), realtimeGuardReason))
struct ConvolutionRealtimeTests {
    @Test func aBlockAllocatesNothing() {
        let taps = (0..<8_192).map { 1 / Float(1 + $0) }
        let convolution = PartitionedConvolution(taps: taps, blockLength: 1_024)
        var block = (0..<1_024).map { Float($0 % 7) / 7 }
        // The runtime allocates when it meets a type for the first time.
        convolution.process(&block)
        convolution.reset()
        realtime_guard_arm()
        for _ in 0..<20 { convolution.process(&block) }
        convolution.reset()
        realtime_guard_disarm()
        #expect(realtime_guard_allocations() == 0)
        #expect(realtime_guard_locks() == 0)
    }
}
