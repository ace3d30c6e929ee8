internal import Glibc
internal import HostSystem
internal import SoundTypes
public import SourceTypes
public import Timekeeping

/// Raw interleaved PCM from standard input or any other file descriptor; or a WAV file of the same
/// format, whose header and trailing chunks are passed over.
///
/// It is not live: a full ring makes the writer of the stream wait. Reading neither allocates nor
/// locks, apart from the header of a WAV file.
///
/// PCM does not say when it was captured, so its times are those of its arrival, on a time line
/// that begins with the first sample and is as long as the samples received:
/// - The line follows the arrivals slowly, so that the stream of a microphone keeps time for weeks
///   even though its crystal is off.
/// - A stream that runs ahead of the line by more than a second is a recording, or is making up for
///   lost time; it keeps to the line.
/// - A sample that was waited for and came more than a second late has a gap before it (cause
///   `stalled`): the writer paused. If the writer then delivers what it seemed to have lost, the
///   line stays late by that length. Time that the system slept counts (the cause is then
///   `suspended`).
///
/// A stream whose start is known from elsewhere needs none of this: without `timesArrivals` its
/// samples have no times, and the writer's pauses mean nothing.
@safe public final class StreamSource: CaptureSource {
    public var sampleRate: SampleRate { format.sampleRate }
    public var isLive: Bool { false }
    public let health = CaptureHealth()

    private static let waitMilliseconds: Int32 = 100
    private static let bytesPerRead = 1 << 16
    /// A sample that arrives later than this, in nanoseconds, has a gap before it.
    private static let longestDelay: Int64 = 1_000_000_000
    /// The line follows a crystal that is off by up to 500 ppm: each second by 1/2000 of it.
    private static let slewDivisor: Int64 = 2_000

    private let subject: String
    private let format: StreamFormat
    private let conversion: PCMConversion
    private var watch: ChannelWatch
    private var descriptor: Int32
    private let closesDescriptor: Bool
    private let raw: UnsafeMutableRawBufferPointer
    private var framing: WAVFraming
    /// Bytes at the front of `raw` that have been read but not yet delivered.
    private var pendingBytes = 0
    /// Whether some of them have just arrived.
    private var isFresh = false
    private var framesDelivered: Int64 = 0
    /// The monotonic clock; `nil` if nobody wants arrival times.
    private let now: (() -> Int64)?
    /// How long the system has slept, in nanoseconds: now, and when last checked.
    private let slept: () -> Int64
    private var sleptBefore: Int64
    /// When the first sample would have come if all had come without gaps and at the true rate, on
    /// the monotonic clock; set by the first read.
    private var startNanoseconds: Int64?
    /// Whether the next bytes have been waited for.
    private var isAwaiting = false

    /// - Parameters:
    ///   - fileDescriptor: where to read; 0 is standard input.
    ///   - channel: the channel to listen to, from 1.
    ///   - subject: how messages name the stream.
    ///   - timesArrivals: whether samples get their arrival times.
    /// - Throws: `unsupportedChannel`.
    public convenience init(
        fileDescriptor: Int32 = 0, format: StreamFormat, channel: Int,
        subject: String = "stdin", closesDescriptor: Bool = false, timesArrivals: Bool = true
    ) throws(CaptureError) {
        let now: (() -> Int64)? = timesArrivals ? { MonotonicClock.now() } : nil
        try self.init(
            fileDescriptor: fileDescriptor, format: format, channel: channel, subject: subject,
            closesDescriptor: closesDescriptor, now: now, slept: MonotonicClock.slept)
    }

    init(
        fileDescriptor: Int32, format: StreamFormat, channel: Int, subject: String,
        closesDescriptor: Bool, now: (() -> Int64)?, slept: @escaping () -> Int64
    ) throws(CaptureError) {
        try checkChannel(channel, of: format.channels, subject: subject)
        self.now = now
        self.slept = slept
        sleptBefore = slept()
        self.subject = subject
        self.format = format
        framing = WAVFraming(format: format)
        self.closesDescriptor = closesDescriptor
        descriptor = fileDescriptor
        conversion = PCMConversion(
            format: format.format, channels: format.channels, channelIndex: channel - 1)
        watch = ChannelWatch(conversion: conversion, sampleRate: format.sampleRate)
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
        // SAFETY: the caller's buffer is valid throughout the call.
        unsafe deliverPending(into: buffer) ?? receive() ?? deliverPending(into: buffer) ?? .idle
    }

    /// `nil` if the pending bytes are too few.
    private func deliverPending(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead? {
        while pendingBytes > 0 {
            // SAFETY: that many bytes of `raw` are initialised; the caller's buffer is valid.
            let pending = unsafe UnsafeRawBufferPointer(rebasing: raw[..<pendingBytes])
            switch unsafe framing.content(of: pending, capacity: raw.count) {
            case .other(let bytes): drop(bytes)
            case .refused: return .failed(CaptureFault(kind: .unsupportedFormat))
            case .sound(let bytes) where bytes >= conversion.bytesPerFrame:
                if isFresh, let gap = noteArrival() { return gap }
                return unsafe deliver(bytes, into: buffer)
            case .sound, .undecided: return nil
            }
        }
        return nil
    }

    /// Takes in what has arrived; `nil` if something has.
    private func receive() -> CaptureRead? {
        let ready = wait()
        if ready == 0 { return .idle }
        if ready < 0 { return Self.failure(errno) }
        // SAFETY: the rest of `raw` after the pending bytes has room for that many bytes.
        let count = unsafe Glibc.read(
            descriptor, raw.baseAddress! + pendingBytes, raw.count - pendingBytes)
        if count < 0 { return Self.failure(errno) }
        if count == 0 { return ending() }
        health.state = .running
        pendingBytes += count
        isFresh = true
        return nil
    }

    private func ending() -> CaptureRead {
        if framing.isWAV {
            if framing.missingBytes > 0 { return .failed(CaptureFault(kind: .truncated)) }
            if framing.hasMoreThanStated { return .failed(CaptureFault(kind: .damaged)) }
            if framesDelivered == 0 { return .failed(CaptureFault(kind: .notAudio)) }
        }
        let isWhole = pendingBytes == 0 || framing.isAfterSound
        return isWhole ? .endOfStream : .failed(CaptureFault(kind: .truncated))
    }

    public func describe(_ fault: CaptureFault) -> CaptureError {
        CaptureError(
            fault.kind, code: fault.code, subject: subject, message: message(of: fault))
    }

    private func message(of fault: CaptureFault) -> String {
        let heard = lengthText(sampleRate.seconds(framesDelivered))
        switch fault.kind {
        case .unsupportedFormat: return refusal
        case .notAudio: return "there is no sound in it (0 samples)"
        case .damaged:
            return "the header of the WAV file promises \(promise), but \(heard) of sound follow "
                + "it; all of it was read"
        case .truncated where framing.isUndecided && pendingBytes > 0:
            return "the stream ends inside the header of a WAV file"
        case .truncated where framing.missingBytes > 0:
            return "the stream ends early: the header of the WAV file promises \(promise), "
                + "\(heard) could be read"
        case .truncated:
            return "the stream ends \(pendingBytes) bytes into a frame of "
                + "\(conversion.bytesPerFrame) bytes, after \(heard)"
        default:
            return "cannot read the stream after \(heard): " + systemMessage(fault.code)
        }
    }

    /// Why a WAV file is not what the stream should be.
    private var refusal: String {
        guard let header = framing.header else {
            return "the header of the WAV file is longer than \(Self.bytesPerRead) bytes"
        }
        return header.fault
            ?? "the stream is a WAV file with \(header.formatText); accepted: "
            + "\(format.format.rawValue), \(sampleRate.hertz) Hz, \(format.channels) channels"
    }

    /// The length that the header of a WAV file promises.
    private var promise: String {
        let bytes = framing.header?.dataBytes ?? 0
        let frames = Int64(clamping: bytes) / Int64(conversion.bytesPerFrame)
        return lengthText(sampleRate.seconds(frames))
    }

    public func close() {
        guard closesDescriptor, descriptor >= 0 else { return }
        // A read-only descriptor has nothing to write back that could fail.
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    /// Waits for bytes. Returns 1 when there are some, 0 on a time-out, or an error.
    private func wait() -> Int32 {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY, twice: one record, valid throughout the call.
        let ready = unsafe poll(&request, 1, 0)
        guard ready == 0 else { return ready }
        isAwaiting = true
        return unsafe poll(&request, 1, Self.waitMilliseconds)
    }

    /// Compares the arrival of the pending frames with the line, and lets the line follow. Returns
    /// the gap before them, if there is one.
    private func noteArrival() -> CaptureRead? {
        defer { (isAwaiting, isFresh) = (false, false) }
        guard let now else { return nil }
        let length = sampleRate.nanoseconds(Int64(pendingBytes / conversion.bytesPerFrame))
        let arrival = now() - length
        let due = sampleRate.nanoseconds(framesDelivered)
        guard let start = startNanoseconds else {
            startNanoseconds = arrival - due
            sleptBefore = slept()
            return nil
        }
        let late = arrival - (start + due)
        let asleep = slept() - sleptBefore
        if late + asleep > Self.longestDelay {
            guard isAwaiting else { return nil }
            startNanoseconds = start + late
            sleptBefore += asleep
            let lost = (Double(late + asleep) / 1e9 * Double(sampleRate.hertz)).rounded()
            return .gap(
                lostSamples: Int64(lost),
                cause: asleep > MonotonicClock.shortestSleep ? .suspended : .stalled)
        }
        guard late > -Self.longestDelay else { return nil }
        let slew = length / Self.slewDivisor
        startNanoseconds = start + min(max(late, -slew), slew)
        return nil
    }

    /// Converts whole frames of the sound at the front of `raw`.
    private func deliver(
        _ bytes: Int, into buffer: UnsafeMutableBufferPointer<Float>
    ) -> CaptureRead {
        let count = min(bytes / conversion.bytesPerFrame, buffer.count)
        // SAFETY: `bytes` bytes of `raw` are initialised.
        let source = unsafe UnsafeRawBufferPointer(raw)
        unsafe conversion.convert(source, frameCount: count, into: buffer)
        health.note(unsafe watch.see(source, frameCount: count))
        framing.use(count * conversion.bytesPerFrame)
        drop(count * conversion.bytesPerFrame)
        var time: Int64?
        if let startNanoseconds {
            time = startNanoseconds + sampleRate.nanoseconds(framesDelivered)
        }
        framesDelivered += Int64(count)
        return .samples(count: count, timeNanoseconds: time)
    }

    /// Moves what comes after the first bytes of `raw` to the front.
    private func drop(_ count: Int) {
        // SAFETY: `count` is no more than the pending bytes, which are initialised; memmove allows
        // overlapping ranges.
        unsafe memmove(raw.baseAddress!, raw.baseAddress! + count, pendingBytes - count)
        pendingBytes -= count
    }

    private static func failure(_ code: Int32) -> CaptureRead {
        code == EINTR || code == EAGAIN
            ? .idle : .failed(CaptureFault(kind: .unreadable, code: code))
    }
}
