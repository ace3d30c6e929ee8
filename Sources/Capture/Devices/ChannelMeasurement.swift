internal import Glibc
internal import SourceTypes
internal import Timekeeping

/// What was heard on a channel of a device in a short time.
public struct ChannelMeasurement: Sendable, Hashable {
    /// The mean square of the samples; 0 for digital silence.
    public var power: Double
    /// The largest magnitude of a sample: 1 is full scale.
    public var peak: Double
    /// Whether the samples differ from each other, as those of every microphone do.
    public var isChanging: Bool

    public init(power: Double, peak: Double, isChanging: Bool) {
        (self.power, self.peak, self.isChanging) = (power, peak, isChanging)
    }

    /// Many devices begin with zeros or a click.
    private static let settlingSeconds = 0.2
    /// A device that takes this much longer than it should is not waited for.
    private static let patienceSeconds = 2.0
    private static let framesPerRead = 4_096

    /// Listens to all channels of a device for a moment.
    ///
    /// - Parameter request: with the last channel to listen to
    static func ofAllChannels(
        _ request: ALSADevice.Request, seconds: Double
    ) throws(CaptureError) -> [ChannelMeasurement] {
        let device = try ALSADevice.open(request)
        try check(device.start(), "start", request)
        let rate = device.setup.rate
        var meters = (0..<device.setup.channels).map { ChannelMeter(device.setup, channel: $0) }
        let settling = rate.samples(settlingSeconds)
        let wanted = settling + rate.samples(seconds)
        let deadline =
            MonotonicClock.now() + rate.nanoseconds(Int64(wanted)) + Int64(patienceSeconds * 1e9)
        let byteCount = framesPerRead * device.setup.channels * device.setup.format.bytesPerSample
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
        // SAFETY: allocated above, used up to here only.
        defer { unsafe raw.deallocate() }
        var heard = 0
        while heard < wanted {
            // SAFETY: `raw` has room for `framesPerRead` frames.
            let count = try unsafe read(device, into: raw, request)
            if count == 0, MonotonicClock.now() > deadline {
                throw CaptureError(
                    .deviceUnavailable, subject: request.subject,
                    message: "the device delivers no sound: it may be muted by a switch of its "
                        + "own, or need to be plugged in again")
            }
            heard += count
            guard heard > settling else { continue }
            // SAFETY: the device has filled the first `count` frames.
            for index in meters.indices {
                unsafe meters[index].take(UnsafeRawBufferPointer(raw), frameCount: count)
            }
        }
        return meters.map(\.measurement)
    }

    /// Waits for frames, at most 0.1 s. Returns how many were read.
    private static func read(
        _ device: ALSADevice, into raw: UnsafeMutableRawBufferPointer, _ request: ALSADevice.Request
    ) throws(CaptureError) -> Int {
        let ready = device.wait(milliseconds: 100)
        try check(ready, "be waited for", request)
        let moment = device.moment()
        try check(moment.code, "tell its state", request)
        guard ready > 0, moment.available > 0, let target = raw.baseAddress else { return 0 }
        let count = unsafe device.read(into: target, count: min(moment.available, framesPerRead))
        try check(Int32(clamping: count), "be read", request)
        return max(0, count)
    }

    private static func check(
        _ code: Int32, _ deed: String, _ request: ALSADevice.Request
    ) throws(CaptureError) {
        guard code < 0, ![-EAGAIN, -EINTR].contains(code) else { return }
        throw CaptureError(
            .deviceUnavailable, code: code, subject: request.subject,
            message: "the device cannot \(deed): " + ALSADevice.message(code))
    }
}

/// Measures one channel of raw frames.
private struct ChannelMeter {
    private let conversion: PCMConversion
    private var sum = 0.0
    private var count = 0
    private var peak = 0.0
    private var first: Float?
    private var isChanging = false

    init(_ setup: ALSASetup, channel: Int) {
        conversion = PCMConversion(
            format: setup.format, channels: setup.channels, channelIndex: channel)
    }

    mutating func take(_ raw: UnsafeRawBufferPointer, frameCount: Int) {
        var samples = [Float](repeating: 0, count: frameCount)
        // SAFETY: the array is as long as the call is told, and so are the frames.
        unsafe samples.withUnsafeMutableBufferPointer { samples in
            unsafe conversion.convert(raw, frameCount: frameCount, into: samples)
        }
        for sample in samples {
            let value = Double(sample)
            sum += value * value
            peak = max(peak, abs(value))
            if first == nil { first = sample }
            if sample != first { isChanging = true }
        }
        count += frameCount
    }

    var measurement: ChannelMeasurement {
        ChannelMeasurement(
            power: count > 0 ? sum / Double(count) : 0, peak: peak, isChanging: isChanging)
    }
}
