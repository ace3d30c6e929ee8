public import Acoustics
internal import Glibc

/// Raw interleaved PCM from standard input or any other file descriptor.
///
/// It says nothing about when its samples were captured. It is not live: a full ring makes the
/// writer of the stream wait. Reading neither allocates nor locks.
@safe public final class StreamSource: CaptureSource {
    public var sampleRate: SampleRate { format.sampleRate }
    public var isLive: Bool { false }
    public let health = CaptureHealth()

    private static let waitMilliseconds: Int32 = 100
    private static let bytesPerRead = 1 << 16

    private let subject: String
    private let format: StreamFormat
    private let conversion: PCMConversion
    private var descriptor: Int32
    private let closesDescriptor: Bool
    private let raw: UnsafeMutableRawBufferPointer
    /// Bytes at the front of `raw` that are read and not yet delivered.
    private var pendingBytes = 0
    private var framesDelivered: Int64 = 0

    /// - Parameters:
    ///   - fileDescriptor: where to read; 0 is standard input.
    ///   - channel: the channel to listen to, from 1.
    ///   - subject: how messages name the stream.
    /// - Throws: `unsupportedChannel`.
    public init(
        fileDescriptor: Int32 = 0, format: StreamFormat, channel: Int,
        subject: String = "stdin", closesDescriptor: Bool = false
    ) throws(CaptureError) {
        try checkChannel(channel, of: format.channels, subject: subject)
        self.subject = subject
        self.format = format
        self.closesDescriptor = closesDescriptor
        descriptor = fileDescriptor
        conversion = PCMConversion(
            format: format.format, channels: format.channels, channelIndex: channel - 1)
        // SAFETY: freed in deinit only. At least one frame fits.
        unsafe raw = .allocate(
            byteCount: max(Self.bytesPerRead, conversion.bytesPerFrame), alignment: 16)
    }

    deinit {
        close()
        // SAFETY: nobody else has the address.
        unsafe raw.deallocate()
    }

    public func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        // SAFETY, here and at the end: the caller's buffer lives through the call.
        if pendingBytes >= conversion.bytesPerFrame { return unsafe deliver(into: buffer) }
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: one record, alive through the call.
        let ready = unsafe poll(&request, 1, Self.waitMilliseconds)
        if ready == 0 { return .idle }
        if ready < 0 { return Self.failure(errno) }
        // SAFETY: the rest of `raw` behind the pending bytes takes that many bytes.
        let count = unsafe Glibc.read(
            descriptor, raw.baseAddress! + pendingBytes, raw.count - pendingBytes)
        if count < 0 { return Self.failure(errno) }
        if count == 0 {
            return pendingBytes == 0 ? .endOfStream : .failed(CaptureFault(kind: .truncated))
        }
        health.state = .running
        pendingBytes += count
        return unsafe pendingBytes >= conversion.bytesPerFrame ? deliver(into: buffer) : .idle
    }

    public func describe(_ fault: CaptureFault) -> CaptureError {
        let heard = secondsText(sampleRate.seconds(framesDelivered))
        let message =
            fault.kind == .truncated
            ? "the stream ends \(pendingBytes) bytes into a frame of "
                + "\(conversion.bytesPerFrame) bytes, after \(heard)"
            : "cannot read the stream after \(heard): " + systemMessage(fault.code)
        return CaptureError(fault.kind, code: fault.code, subject: subject, message: message)
    }

    public func close() {
        guard closesDescriptor, descriptor >= 0 else { return }
        // A read-only descriptor has nothing to write back that could fail.
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    /// Converts whole frames from the front of `raw` and moves the rest there.
    private func deliver(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        let count = min(pendingBytes / conversion.bytesPerFrame, buffer.count)
        let used = count * conversion.bytesPerFrame
        // SAFETY: `pendingBytes` bytes of `raw` are initialised, `used` is no more than that, and
        // memmove takes overlapping ranges.
        unsafe conversion.convert(UnsafeRawBufferPointer(raw), frameCount: count, into: buffer)
        unsafe memmove(raw.baseAddress!, raw.baseAddress! + used, pendingBytes - used)
        pendingBytes -= used
        framesDelivered += Int64(count)
        return .samples(count: count, timeNanoseconds: nil)
    }

    private static func failure(_ code: Int32) -> CaptureRead {
        code == EINTR || code == EAGAIN
            ? .idle : .failed(CaptureFault(kind: .unreadable, code: code))
    }
}

/// Checks a channel counted from 1.
func checkChannel(_ channel: Int, of channels: Int, subject: String) throws(CaptureError) {
    guard channel >= 1, channel <= channels else {
        throw CaptureError(
            .unsupportedChannel, subject: subject,
            message: "there is no channel \(channel); accepted: 1 to \(channels)")
    }
}
