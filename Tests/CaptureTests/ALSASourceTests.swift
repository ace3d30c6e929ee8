import Foundation
import SoundTypes
import SourceTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

/// The real libasound and the real `ALSASource` against a microphone without hardware, whose frame
/// n says that it is frame n. It waits for these tests, which share the machine with others; where
/// a late reader is to lose sound, it is made to hurry.
@Suite(.serialized) struct ALSASourceTests {
    /// Frames after which the sound repeats.
    private static let period = 1 << 20

    /// 32-bit frames: the Float of frame n is n / 2^23, plus channel / 2^3.
    private static func counting(channels: Int = 1) -> [UInt8] {
        var frames = [Int32](repeating: 0, count: period * channels)
        frames.withUnsafeMutableBufferPointer { frames in
            for index in 0..<frames.count {
                let (frame, channel) = index.quotientAndRemainder(dividingBy: channels)
                frames[index] = Int32(frame << 8 + channel << 28)
            }
        }
        return frames.withUnsafeBytes { Array($0) }
    }

    private static func microphone(
        rates: [Int] = [48_000], channels: Int = 1, epochNanoseconds: Int64 = 0
    ) throws -> TestMicrophone {
        try TestMicrophone(
            frames: counting(channels: channels), formats: ["S32_LE"], rates: rates,
            channels: [channels], epochNanoseconds: epochNanoseconds)
    }

    /// The frame a sample says it is.
    private static func frame(_ sample: Float, channel: Int = 0) -> Int {
        Int((sample - Float(channel) / 8) * 0x1p23)
    }

    /// Checks that each sample is the one after its predecessor, and that each run of gaps is as
    /// long as the frames that are missing, within 50 ms: the length of a gap is measured by
    /// clocks, and other threads may run between two of them. The whole buffer holds 400 ms.
    private static func checkContinuity(_ heard: Heard) {
        var lost: [Int: Int64] = [:]
        for gap in heard.gaps { lost[gap.index, default: 0] += gap.lost }
        for index in heard.samples.indices.dropFirst() {
            let step = frame(heard.samples[index]) - frame(heard.samples[index - 1])
            let missing = (step + period) % period - 1
            let reported = Int(lost[index] ?? 0)
            if reported == 0 && missing == 0 { continue }
            #expect(abs(missing - reported) <= 2_400, "\(missing) at \(index), told \(reported)")
        }
    }

    private static func seconds(_ heard: Heard) -> Double { Double(heard.samples.count) / 48_000 }

    // MARK: Negotiation

    @Test(arguments: PCMFormat.allCases)
    func everyFormatIsExact(_ format: PCMFormat) throws {
        let values = (0..<20_000).map { ($0 * 37 % 65_536) - 32_768 }
        let frames = values.flatMap { value -> [UInt8] in
            let pattern =
                switch format {
                case .signed16: UInt32(bitPattern: Int32(value))
                case .signed24, .signed24Packed: UInt32(bitPattern: Int32(value << 8))
                case .signed32: UInt32(bitPattern: Int32(value << 16))
                case .float32: (Float(value) / 32_768).bitPattern
                }
            return (0..<format.bytesPerSample).map {
                UInt8(truncatingIfNeeded: pattern >> UInt32(8 * $0))
            }
        }
        let microphone = try TestMicrophone(frames: frames, formats: [format.rawValue])
        let source = try ALSASource(device: microphone.deviceName)
        #expect(source.format == format)
        #expect(source.sampleRate.hertz == 48_000)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 30_000 }
        let expected = heard.samples.indices.map { Float(values[$0 % 20_000]) / 32_768 }
        #expect(difference(heard.samples, expected) == nil)
        #expect(heard.gaps.isEmpty)
    }

    @Test(arguments: [
        (["S16_LE", "S24_3LE", "S24_LE", "S32_LE", "FLOAT_LE"], PCMFormat.signed32),
        (["S16_LE", "S24_3LE", "S24_LE", "FLOAT_LE"], .float32),
        (["S16_LE", "S24_3LE", "S24_LE"], .signed24),
        (["U8", "S16_LE", "S24_3LE"], .signed24Packed),
        (["U8", "S16_LE", "S16_BE"], .signed16),
    ])
    func theWidestFormatIsTaken(_ offered: [String], _ expected: PCMFormat) throws {
        let microphone = try TestMicrophone(frames: Self.counting(), formats: offered)
        #expect(try ALSASource(device: microphone.deviceName).format == expected)
        #expect(
            try ALSASource(device: microphone.plugDeviceName).format == expected,
            "plug must not convert without need")
    }

    @Test(arguments: [
        ([48_000, 44_100, 96_000], 48_000), ([96_000, 44_100, 16_000], 44_100),
        ([8000, 16_000], 16_000), ([192_000], 192_000), ([50_000, 8000], 50_000),
    ])
    func aNativeRateIsTaken(_ offered: [Int], _ expected: Int) throws {
        let microphone = try Self.microphone(rates: offered)
        #expect(try ALSASource(device: microphone.deviceName).sampleRate.hertz == expected)
        #expect(try ALSASource(device: microphone.plugDeviceName).sampleRate.hertz == expected)
    }

    @Test func theConfiguredRateIsTaken() throws {
        let microphone = try Self.microphone(rates: [48_000, 32_000])
        let rate = SampleRate(hertz: 32_000)
        #expect(try ALSASource(device: microphone.deviceName, rate: rate).sampleRate == rate)
    }

    private func refusal(
        _ device: String, channel: Int = 1, rate: Int? = nil
    ) -> CaptureError? {
        #expect(throws: CaptureError.self) {
            try ALSASource(
                device: device, channel: channel, rate: rate.flatMap(SampleRate.init(hertz:)))
        }
    }

    @Test func aRateThatIsNotOfferedIsRefusedEvenWherePlugCouldResample() throws {
        let microphone = try Self.microphone(rates: [44_100, 32_000])
        for device in [microphone.deviceName, microphone.plugDeviceName] {
            let error = refusal(device, rate: 48_000)
            #expect(error?.kind == .unsupportedRate)
            #expect(
                error?.message
                    == "the device does not run at 48000 Hz; it offers 32000 to 44100 Hz")
            #expect(error?.subject == "alsa:" + device)
        }
    }

    @Test func aDeviceWithoutAnAcceptedRateIsRefused() throws {
        let error = refusal(try Self.microphone(rates: [8000]).deviceName)
        #expect(error?.kind == .unsupportedRate)
        #expect(
            error?.message
                == "the device has no rate from 16000 to 192000 Hz; it offers 8000 Hz")
    }

    @Test(arguments: [1, 2, 3, 4])
    func theChosenChannelIsHeard(_ channel: Int) throws {
        let microphone = try Self.microphone(channels: 4)
        let source = try ALSASource(device: microphone.deviceName, channel: channel)
        #expect(source.channels == 4)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 4800 }
        for (index, sample) in heard.samples.enumerated() {
            try #require(Self.frame(sample, channel: channel - 1) == index)
        }
    }

    @Test func asFewChannelsAsHoldTheChosenOneAreOpened() throws {
        let microphone = try TestMicrophone(
            frames: Self.counting(), formats: ["S32_LE"], channels: [1, 2, 6])
        for (channel, expected) in [(1, 1), (2, 2), (3, 6), (6, 6)] {
            let source = try ALSASource(device: microphone.deviceName, channel: channel)
            #expect(source.channels == expected)
        }
    }

    @Test(arguments: [0, 3, -1, 1_000_000])
    func aMissingChannelIsRefusedEvenWherePlugCouldCopy(_ channel: Int) throws {
        let microphone = try Self.microphone(channels: 2)
        for device in [microphone.deviceName, microphone.plugDeviceName] {
            let error = refusal(device, channel: channel)
            #expect(error?.kind == .unsupportedChannel)
            #expect(error?.message == "the device has no channel \(channel); accepted: 1 to 2")
        }
    }

    @Test func aForeignFormatIsRefusedByTheDeviceAndConvertedByPlug() throws {
        let bigEndian = (0..<20_000).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let microphone = try TestMicrophone(frames: bigEndian, formats: ["S16_BE"])
        let error = refusal(microphone.deviceName)
        #expect(error?.kind == .unsupportedFormat)
        #expect(
            error?.message
                == "the device has none of the formats S32_LE, FLOAT_LE, S24_LE, S24_3LE, S16_LE")
        let source = try ALSASource(device: microphone.plugDeviceName)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 4800 }
        let expected = heard.samples.indices.map { Float($0) / 32_768 }
        #expect(difference(heard.samples, expected) == nil)
    }

    @Test func anUnknownDeviceIsNamedInTheError() throws {
        _ = try TestMicrophone.environment
        let error = refusal("no_such_card")
        #expect(error?.kind == .deviceUnavailable)
        #expect(error?.code == -ENOENT)
        #expect(
            error?.description
                == "alsa:no_such_card: cannot open the device: No such file or directory "
                + "(ALSA error -2); `monitorctl devices` lists those that there are")
    }

    @Test func aDeviceThatIsAwayIsRefused() throws {
        let microphone = try Self.microphone()
        try microphone.set(.disconnected)
        let error = refusal(microphone.deviceName)
        #expect(error?.kind == .deviceUnavailable)
        #expect(error?.code == -ENODEV)
    }

    // MARK: Hearing

    @Test func samplesComeAtTheirRateInSmallBlocks() throws {
        let source = try ALSASource(device: try Self.microphone().deviceName)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 96_000 }
        // By the times of the samples: how late this thread is told them changes nothing.
        let (first, last) = (try #require(heard.times.first), try #require(heard.times.last))
        let seconds = Double(last.nanoseconds - first.nanoseconds) / 1e9
        let rate = Double(last.index - first.index) / seconds
        #expect(abs(rate - 48_000) < 1000, "\(rate) Hz")
        Self.checkContinuity(heard)
        #expect(heard.gaps.isEmpty)
        #expect(source.health.state == .running)
        // A reader that is late gets more at once; that of an idle machine gets 480 each time.
        let blocks = heard.blocks.sorted()
        #expect(blocks[blocks.count / 10] <= 1000, "blocks of \(blocks)")
        #expect(blocks[blocks.count / 2] >= 400, "blocks of \(blocks)")
    }

    /// The microphone gives frame n at the time epoch + n / rate, so the samples know their time.
    @Test func captureTimesAreThoseOfTheSamples() throws {
        let epoch = MonotonicClock.now() - 3_000_000_000
        let source = try ALSASource(
            device: try Self.microphone(epochNanoseconds: epoch).deviceName)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 48_000 }
        let errors = heard.times.map { time in
            let frame = Int64(Self.frame(heard.samples[time.index]))
            return abs(time.nanoseconds - epoch - frame * 1_000_000_000 / 48_000)
        }.sorted()
        #expect(errors.count >= 10)
        #expect(errors[errors.count / 2] < 1_000_000, "ns, at the median")
    }

    @Test func aBlockSmallerThanAPeriodLosesNothing() throws {
        let source = try ALSASource(device: try Self.microphone().deviceName)
        var heard = Heard()
        read(source, blockSize: 100, into: &heard) { $0.samples.count >= 24_000 }
        Self.checkContinuity(heard)
        #expect(heard.gaps.isEmpty)
        #expect(heard.blocks.max() == 100)
    }

    // MARK: Faults

    @Test func anOverrunIsAGapOfItsLength() throws {
        let microphone = try Self.microphone()
        let source = try ALSASource(device: microphone.deviceName)
        var heard = Heard()
        for round in 1...3 {
            read(source, into: &heard) { $0.samples.count >= round * 12_000 }
            try microphone.set(.hurried)
            MonotonicClock.sleep(for: .milliseconds(700))
            read(source, into: &heard) { $0.gaps.count >= round }
            try microphone.set(.ok)
        }
        read(source, into: &heard) { $0.samples.count >= 48_000 }
        Self.checkContinuity(heard)
        #expect(heard.gaps.map(\.cause) == [.overrun, .overrun, .overrun])
        #expect(heard.gaps.allSatisfy { $0.lost >= 33_000 })
        #expect(source.health.overruns == 3)
        #expect(source.health.reopens == 0)
        #expect(source.health.state == .running)
    }

    /// Between opening the device and listening to it, other things have to be started.
    @Test func anOverrunBeforeTheFirstReadLosesNothing() throws {
        let microphone = try Self.microphone()
        let source = try ALSASource(device: microphone.deviceName)
        try microphone.set(.hurried)
        MonotonicClock.sleep(for: .milliseconds(700))
        var heard = Heard()
        read(source, into: &heard) { !$0.samples.isEmpty }
        try microphone.set(.ok)
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        Self.checkContinuity(heard)
        #expect(heard.gaps.isEmpty)
        #expect(source.health.overruns == 0)
    }

    @Test func aSuspendedDeviceIsResumed() throws {
        let microphone = try Self.microphone()
        let source = try ALSASource(device: microphone.deviceName)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        try microphone.set(.suspended)
        let start = MonotonicClock.now()
        read(source, into: &heard) { _ in MonotonicClock.now() - start >= 600_000_000 }
        #expect(Self.seconds(heard) < 0.5)
        try microphone.set(.ok)
        read(source, into: &heard) { $0.samples.count >= 36_000 }
        Self.checkContinuity(heard)
        #expect(heard.gaps.map(\.cause) == [.suspended])
        #expect(heard.lost(.suspended) > 24_000)
        #expect(source.health.suspensions == 1)
        #expect(source.health.reopens == 0)
    }

    private static let impatient = ALSASource.Patience(stallSeconds: 0.4, retrySeconds: 0.2)

    /// A microphone that goes on playing while it is away, and so waits for nobody.
    private static func hurriedMicrophone(rates: [Int] = [48_000]) throws -> TestMicrophone {
        let microphone = try microphone(rates: rates, epochNanoseconds: MonotonicClock.now())
        try microphone.set(.hurried)
        return microphone
    }

    /// Checks that sound was lost by this cause, and by no other but a late reader.
    private static func checkCauses(_ heard: Heard, _ cause: GapCause) {
        #expect(heard.gaps.allSatisfy { $0.cause == cause || $0.cause == .overrun })
    }

    @Test func aDeviceThatGoesAwayIsFoundAgain() throws {
        let microphone = try Self.hurriedMicrophone()
        let source = try ALSASource(device: microphone.deviceName, patience: Self.impatient)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        try microphone.set(.disconnected)
        read(source, into: &heard) { _ in source.health.failedReopens >= 3 }
        #expect(source.health.state == .lost)
        #expect(source.health.lastError == -EIO || source.health.lastError == -ENODEV)
        #expect(source.health.lastFailure?.code == -ENODEV)
        #expect(heard.gaps.count >= 3, "a gap with each attempt")
        #expect(heard.lost(.disconnected) > 24_000, "known while the device is still away")
        try microphone.set(.hurried)
        let before = heard.samples.count
        read(source, into: &heard) { $0.samples.count >= before + 12_000 }
        Self.checkContinuity(heard)
        Self.checkCauses(heard, .disconnected)
        #expect(source.health.disconnections == 1)
        #expect(source.health.reopens == 1)
        #expect(source.health.state == .running)
    }

    /// Nobody downstream knows the other rate: it is for whoever opens the device afresh.
    @Test func aDeviceThatReturnsWithAnotherRateEndsTheSource() throws {
        let microphone = try Self.hurriedMicrophone(rates: [48_000, 44_100])
        let source = try ALSASource(device: microphone.deviceName, patience: Self.impatient)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 4800 }
        try microphone.set(.disconnected)
        read(source, into: &heard) { _ in source.health.state == .lost }
        try microphone.set(.rate(44_100))
        let before = heard.samples.count
        read(source, into: &heard) { _ in false }
        #expect(heard.samples.count == before)
        #expect(heard.lost(.disconnected) > 0)
        let fault = CaptureFault(kind: .rateChanged, code: 44_100)
        #expect(heard.ending == .failed(fault))
        #expect(
            source.describe(fault).message
                == "the device came back with 44100 Hz; it had 48000 Hz")
        let afresh = try ALSASource(device: microphone.deviceName, patience: Self.impatient)
        #expect(afresh.sampleRate.hertz == 44_100)
    }

    @Test func aRateThatWasAskedForIsWaitedFor() throws {
        let microphone = try Self.hurriedMicrophone(rates: [48_000, 44_100])
        let source = try ALSASource(
            device: microphone.deviceName, rate: .hz48000, patience: Self.impatient)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 4800 }
        try microphone.set(.disconnected)
        read(source, into: &heard) { _ in source.health.state == .lost }
        try microphone.set(.rate(44_100))
        let before = heard.samples.count
        read(source, into: &heard) { _ in source.health.failedReopens >= 3 }
        #expect(heard.samples.count == before)
        #expect(
            source.health.lastFailure?.message
                == "the device does not run at 48000 Hz; it offers 44100 Hz")
        try microphone.set(.rate(48_000))
        read(source, into: &heard) { $0.samples.count >= before + 4800 }
        Self.checkContinuity(heard)
        #expect(source.health.reopens == 1)
    }

    @Test func aStalledDeviceIsOpenedAgain() throws {
        let microphone = try Self.hurriedMicrophone()
        let source = try ALSASource(device: microphone.deviceName, patience: Self.impatient)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        try microphone.set(.stalled)
        read(source, into: &heard) { _ in source.health.stalls >= 2 }
        #expect(heard.lost(.stalled) > 24_000)
        try microphone.set(.hurried)
        let before = heard.samples.count
        read(source, into: &heard) { $0.samples.count >= before + 12_000 }
        Self.checkContinuity(heard)
        Self.checkCauses(heard, .stalled)
        #expect(source.health.reopens >= 2)
        #expect(source.health.disconnections == 0)
    }

    /// What a sound server does: it reports nothing, and carries on with later sound.
    @Test func soundThatIsDroppedWithoutAWordIsAGap() throws {
        let microphone = try Self.microphone()
        let source = try ALSASource(device: microphone.deviceName)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        try microphone.set(.dropping)
        let start = MonotonicClock.now()
        read(source, into: &heard) { _ in MonotonicClock.now() - start >= 1_500_000_000 }
        try microphone.set(.ok)
        read(source, into: &heard) { $0.samples.count >= 36_000 }
        Self.checkContinuity(heard)
        #expect(heard.gaps.map(\.cause) == [.overrun])
        #expect(heard.lost(.overrun) > 60_000)
        #expect(source.health.overruns == 1)
        #expect(source.health.reopens == 0)
    }

    @Test func aSleepThatTheDeviceDoesNotTellIsAGap() throws {
        let microphone = try Self.microphone()
        var asleep: Int64 = 7_000_000_000
        let source = try ALSASource(
            ALSADevice.Request(name: microphone.deviceName, channel: 1, rate: nil),
            patience: ALSASource.Patience(), slept: { asleep })
        asleep += 60_000_000_000  // Before the first sample nobody can miss any.
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        asleep += 400_000_000
        read(source, into: &heard) { $0.samples.count >= 24_000 }
        #expect(heard.gaps.isEmpty)
        let index = heard.samples.count
        asleep += 8 * 3600 * 1_000_000_000
        read(source, into: &heard) { $0.samples.count >= 48_000 }
        #expect(heard.gaps.map(\.index) == [index])
        #expect(heard.gaps.map(\.cause) == [.suspended])
        #expect(abs(heard.lost(.suspended) - 8 * 3600 * 48_000) <= 4_800)
        #expect(source.health.suspensions == 1)
        #expect(source.health.overruns == 0)
        #expect(source.health.reopens == 0)
    }

    /// Drivers have put error numbers where frame counts belong.
    @Test(arguments: [
        (480, 960, 480, 960), (480, 0, 480, 480), (0, 480_000, 0, 480_000),
        (UInt.max, 960, 0, 960), (UInt(bitPattern: -32), Int.max, 0, 0),
        (UInt(Int.max), Int.min, 19_200, 19_200), (480, 480_001, 480, 480),
    ])
    func numbersThatCannotBeAreNotBelieved(
        _ available: UInt, _ delay: Int, _ readable: Int, _ known: Int
    ) throws {
        let setup = ALSASetup(
            format: .signed16, rate: .hz48000, channels: 1, periodFrames: 480,
            bufferFrames: 19_200)
        let found = setup.plausible(available: available, delay: delay)
        #expect(found == (readable, known))
    }

    @Test func stampsOfAnotherClockAreNotBelieved() {
        let now: Int64 = 1_000_000_000_500
        let second: Int64 = 1_000_000_000
        let near = timespec(tv_sec: 999, tv_nsec: 999_999_999)
        #expect(ALSADevice.plausible(near, now: now) == 1_000 * second - 1)
        for (seconds, nanoseconds) in [
            (0, 0), (Int.max, 0), (Int.min, 0), (1_011, 0), (1_000, -1), (1_000, Int.max),
        ] {
            let stamp = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
            #expect(ALSADevice.plausible(stamp, now: now) == now)
        }
    }

    @Test func aShortPauseOfTheDeviceIsNoOutage() throws {
        let microphone = try Self.microphone()
        let source = try ALSASource(device: microphone.deviceName)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 12_000 }
        try microphone.set(.stalled)
        MonotonicClock.sleep(for: .milliseconds(100))
        read(source, into: &heard) { $0.idleReads > 0 }
        try microphone.set(.ok)
        read(source, into: &heard) { $0.samples.count >= 36_000 }
        Self.checkContinuity(heard)
        #expect(source.health.stalls == 0)
        #expect(source.health.reopens == 0)
    }
}
