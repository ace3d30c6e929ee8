internal import Glibc
internal import SoundTypes
public import SourceTypes
public import Timekeeping

/// A microphone, or whatever else libasound calls a capture device.
///
/// It survives whatever happens to microphones, and counts the missed samples:
/// - An overrun (the reader was late): the device is restarted. Cause `overrun`.
/// - A suspended system or device: it is resumed. Cause `suspended`.
/// - A device that is gone, or refuses to start again: it is closed and reopened as soon as
///   possible, with an attempt every second. Cause `disconnected`.
/// - A device that delivers nothing although it reports no error: the same. Cause `stalled`.
/// - A sound server hides all of this and simply carries on with later sound. System sleep shows in
///   the clocks (cause `suspended`), and dropped sound shows in the capture time, which then jumps
///   relative to the number of samples (cause `overrun`).
///
/// While the device is away, a gap is reported with each attempt to open it, so that listeners know
/// early and lose little if the power goes; together the gaps are as long as the outage, measured
/// from the capture time of the first missing sample to that of the next one heard. Time that the
/// system slept is part of it.
///
/// Real time: while the device is open, reading allocates and locks nothing (libasound's own locks
/// are switched off, since each handle belongs to one thread). Reopening it does both, but then
/// there is nothing to hear.
///
/// Everything downstream was built for one rate. A device that comes back with another one ends the
/// source with the fault `rateChanged`, so that it can be opened afresh; if a certain rate was
/// asked for, it is refused until it has that again, which counts as a failed attempt.
@safe public final class ALSASource: CaptureSource {
    /// How long to wait.
    public struct Patience: Sendable, Hashable {
        /// A device is stalled after this many seconds without data.
        public var stallSeconds: Double
        /// The time between two attempts to open a lost device.
        public var retrySeconds: Double

        public init(stallSeconds: Double = 3, retrySeconds: Double = 1) {
            self.stallSeconds = stallSeconds
            self.retrySeconds = retrySeconds
        }
    }

    public let sampleRate: SampleRate
    public var isLive: Bool { true }
    public let health = CaptureHealth()
    /// The format agreed when the device was first opened.
    public let format: PCMFormat
    /// The number of channels agreed when the device was first opened.
    public let channels: Int

    private static let framesPerRead = 4096
    private static let waitMilliseconds: Int32 = 100
    /// The capture time of a device whose delay is only estimated fluctuates, but by less than
    /// this.
    private static let shortestJump: Int64 = 1_000_000_000

    /// An outage from its first sign to the next sample.
    private struct Outage {
        var cause: GapCause
        /// Missing samples that have been reported.
        var reported: Int64 = 0
    }

    private let request: ALSADevice.Request
    private let stallNanoseconds: Int64
    private let retryNanoseconds: Int64
    /// How long the system has slept, in nanoseconds.
    private let slept: () -> Int64
    private var device: ALSADevice?
    private var conversion: PCMConversion
    private var watch: ChannelWatch
    private var raw: UnsafeMutableRawBufferPointer  // [framesPerRead][channels]
    private var outage: Outage?
    /// Before the first sample nobody is listening, so an overrun loses nothing.
    private var hasHeard = false
    /// When the sample after the last one heard was captured, and how long the system had slept by
    /// then.
    private var expectedNanoseconds: Int64
    private var expectedSlept: Int64
    /// When data last came, or when the device was last opened.
    private var lastSign: Int64
    private var retryAt: Int64 = 0
    /// Why it can no longer be read.
    private var fault: CaptureFault?

    /// Opens and starts the device.
    /// - Parameters:
    ///   - device: its name for libasound, or a stable name of its card (`by-id/…`).
    ///   - channel: the channel to listen to, from 1.
    ///   - rate: the rate it must run at; `nil` takes 48 kHz or the best it has.
    /// - Throws: `deviceUnavailable`, `deviceUnsuitable`, `unsupportedRate`, `unsupportedChannel`,
    ///   `unsupportedFormat`.
    public convenience init(
        device name: String, channel: Int = 1, rate: SampleRate? = nil,
        patience: Patience = Patience()
    ) throws(CaptureError) {
        try self.init(
            ALSADevice.Request(name: name, channel: channel, rate: rate), patience: patience,
            slept: MonotonicClock.slept)
    }

    init(
        _ request: ALSADevice.Request, patience: Patience, slept: @escaping () -> Int64
    ) throws(CaptureError) {
        self.request = request
        self.slept = slept
        stallNanoseconds = Int64(patience.stallSeconds * 1e9)
        retryNanoseconds = Int64(patience.retrySeconds * 1e9)
        let device = try Self.openAndStart(request)
        self.device = device
        sampleRate = device.setup.rate
        format = device.setup.format
        channels = device.setup.channels
        conversion = Self.conversion(device.setup, request)
        watch = ChannelWatch(conversion: conversion, sampleRate: sampleRate)
        // SAFETY: freed in deinit, or replaced when the device comes back.
        unsafe raw = Self.allocate(conversion)
        let now = MonotonicClock.now()
        expectedNanoseconds = now
        expectedSlept = slept()
        lastSign = now
    }

    deinit {
        // SAFETY: nobody else has the address.
        unsafe raw.deallocate()
    }

    public func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        if let fault { return .failed(fault) }
        guard let device else { return tryToReopen() }
        let ready = device.wait(milliseconds: Self.waitMilliseconds)
        if ready < 0 { return recover(device, from: ready) }
        if ready == 0 { return waitedInVain() }
        let moment = device.moment()
        guard moment.code == 0, device.state == .running else {
            return recover(device, from: moment.code)
        }
        guard moment.available > 0 else { return pauseBriefly() }
        if outage == nil { noticeLoss(before: moment.timeNanoseconds) }
        if outage != nil { return endOutage(at: moment.timeNanoseconds) }
        // SAFETY: the caller's buffer is valid throughout the call.
        return unsafe deliver(moment, from: device, into: buffer)
    }

    public func describe(_ fault: CaptureFault) -> CaptureError {
        let message =
            fault.kind == .rateChanged
            ? "the device came back with \(fault.code) Hz; it had \(sampleRate.hertz) Hz"
            : "cannot read the device: " + ALSADevice.message(fault.code)
        return CaptureError(
            fault.kind, code: fault.code, subject: request.subject, message: message)
    }

    public func close() {
        device = nil
    }

    private func deliver(
        _ moment: ALSADevice.Moment, from device: ALSADevice,
        into buffer: UnsafeMutableBufferPointer<Float>
    ) -> CaptureRead {
        guard let target = unsafe raw.baseAddress else { return .idle }
        let wanted = min(moment.available, buffer.count, Self.framesPerRead)
        // SAFETY: `raw` has room for `framesPerRead` frames.
        let count = unsafe device.read(into: target, count: wanted)
        if count == 0 { return pauseBriefly() }
        if count < 0 { return recover(device, from: Int32(count)) }
        // SAFETY: the device has filled the first `count` frames.
        let source = unsafe UnsafeRawBufferPointer(raw)
        unsafe conversion.convert(source, frameCount: count, into: buffer)
        health.note(unsafe watch.see(source, frameCount: count))
        hasHeard = true
        lastSign = MonotonicClock.now()
        expectedNanoseconds = moment.timeNanoseconds + sampleRate.nanoseconds(Int64(count))
        expectedSlept = slept()
        health.state = .running
        return .samples(count: count, timeNanoseconds: moment.timeNanoseconds)
    }

    /// The device said there were frames, but there were none: without a pause a faulty driver
    /// would make the thread spin.
    private func pauseBriefly() -> CaptureRead {
        MonotonicClock.sleep(for: .milliseconds(1))
        return waitedInVain()
    }

    private func waitedInVain() -> CaptureRead {
        isStalled ? giveUp(.stalled, code: 0) : .idle
    }

    private var isStalled: Bool { MonotonicClock.now() - lastSign >= stallNanoseconds }

    /// Begins an outage if sound is missing before that of `time` without the device having said
    /// so.
    private func noticeLoss(before time: Int64) {
        guard hasHeard else { return }
        if slept() - expectedSlept > MonotonicClock.shortestSleep {
            health.countSuspension()
            outage = Outage(cause: .suspended)
        } else if time - expectedNanoseconds > Self.shortestJump {
            health.countOverrun()
            outage = Outage(cause: .overrun)
        }
    }

    private func recover(_ device: ALSADevice, from code: Int32) -> CaptureRead {
        if code == -EAGAIN || code == -EINTR { return pauseBriefly() }
        let state = device.state
        if state == .suspended || code == -ESTRPIPE { return resume(device) }
        if state == .overrun || code == -EPIPE { return restart(device) }
        return giveUp(.disconnected, code: code)
    }

    private func restart(_ device: ALSADevice) -> CaptureRead {
        if hasHeard, outage == nil {
            health.countOverrun()
            outage = Outage(cause: .overrun)
        }
        if isStalled { return giveUp(.stalled, code: 0) }
        let code = device.start()
        return code < 0 ? giveUp(.disconnected, code: code) : .idle
    }

    /// Some drivers resume by themselves, some must be restarted, and any may need several
    /// attempts.
    private func resume(_ device: ALSADevice) -> CaptureRead {
        if outage == nil { health.countSuspension() }
        outage = outage ?? Outage(cause: .suspended)
        let code = device.resume()
        if code == 0 && device.state == .running { return .idle }
        if code != -EAGAIN && device.start() == 0 { return .idle }
        if isStalled { return giveUp(.suspended, code: code) }
        MonotonicClock.sleep(for: .milliseconds(50))
        return .idle
    }

    private func giveUp(_ cause: GapCause, code: Int32) -> CaptureRead {
        switch cause {
        case .stalled: health.countStall()
        case .disconnected: health.countDisconnection()
        case .overflow, .overrun, .suspended, .damaged, .unstored, .unrecognised, .withoutBands:
            break
        }
        if code != 0 { health.noteError(code) }
        health.state = .lost
        device = nil
        let now = MonotonicClock.now()
        // What is missing so far keeps its cause: a card that sleep has made go away was asleep.
        let begun = reportOutage(until: now)
        outage = Outage(cause: cause, reported: outage?.reported ?? 0)
        // A stalled device is most likely still there.
        retryAt = cause == .disconnected ? now + retryNanoseconds : now
        if case .gap(let lost, _) = begun, lost > 0 { return begun }
        return reportOutage(until: now)
    }

    private func tryToReopen() -> CaptureRead {
        let now = MonotonicClock.now()
        guard now >= retryAt else {
            MonotonicClock.sleep(until: min(retryAt, now + 100_000_000))
            return .idle
        }
        retryAt = now + retryNanoseconds
        do throws(CaptureError) {
            try adopt(Self.openAndStart(request(at: sampleRate)))
        } catch {
            health.countFailedReopen(error)
            if error.kind == .unsupportedRate { noticeOtherRate() }
            return noticeAbsence(error, until: now)
        }
        return reportOutage(until: now)
    }

    /// A suspended device that cannot be opened, for another reason than that it is suspended, is
    /// gone. What is missing so far keeps its cause.
    private func noticeAbsence(_ error: CaptureError, until time: Int64) -> CaptureRead {
        let gap = reportOutage(until: time)
        if outage?.cause == .suspended, error.code != -ESTRPIPE { outage?.cause = .disconnected }
        return gap
    }

    /// A device that can be opened afresh, although not at the rate it had.
    private func noticeOtherRate() {
        guard request.rate == nil else { return }
        do throws(CaptureError) {
            let device = try Self.openAndStart(request)
            fault = CaptureFault(kind: .rateChanged, code: Int32(device.setup.rate.hertz))
        } catch {
            health.countFailedReopen(error)
        }
    }

    /// The request with the rate that everything downstream of this source was built for.
    private func request(at rate: SampleRate) -> ALSADevice.Request {
        var request = request
        request.rate = rate
        return request
    }

    private func adopt(_ device: ALSADevice) {
        let conversion = Self.conversion(device.setup, request)
        if conversion != self.conversion {
            // SAFETY: the old block is not in use; the new one takes its place.
            unsafe raw.deallocate()
            unsafe raw = Self.allocate(conversion)
            self.conversion = conversion
            watch = ChannelWatch(conversion: conversion, sampleRate: sampleRate)
        }
        self.device = device
        lastSign = MonotonicClock.now()
        health.countReopen()
    }

    private func endOutage(at time: Int64) -> CaptureRead {
        let gap = reportOutage(until: time)
        outage = nil
        expectedNanoseconds = time
        expectedSlept = slept()
        return gap
    }

    /// Reports what is missing up to `time` and has not been reported yet.
    private func reportOutage(until time: Int64) -> CaptureRead {
        guard let outage else { return .idle }
        let sleptSince = slept() - expectedSlept
        let asleep = sleptSince > MonotonicClock.shortestSleep ? sleptSince : 0
        let seconds = Double(time - expectedNanoseconds + asleep) / 1e9
        let missing = Int64((seconds * Double(sampleRate.hertz)).rounded())
        let lost = max(0, missing - outage.reported)
        self.outage?.reported += lost
        return .gap(lostSamples: lost, cause: outage.cause)
    }

    private static func openAndStart(
        _ request: ALSADevice.Request
    ) throws(CaptureError) -> ALSADevice {
        let device = try ALSADevice.open(request)
        let code = device.start()
        guard code == 0 else {
            throw CaptureError(
                .deviceUnavailable, code: code, subject: request.subject,
                message: "cannot start the device: " + ALSADevice.message(code))
        }
        return device
    }

    private static func conversion(
        _ setup: ALSASetup, _ request: ALSADevice.Request
    ) -> PCMConversion {
        PCMConversion(
            format: setup.format, channels: setup.channels, channelIndex: request.channel - 1)
    }

    private static func allocate(_ conversion: PCMConversion) -> UnsafeMutableRawBufferPointer {
        .allocate(byteCount: framesPerRead * conversion.bytesPerFrame, alignment: 16)
    }
}
