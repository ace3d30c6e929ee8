internal import SoundTypes
internal import SourceTypes
public import Timekeeping

/// A recording (WAV, FLAC, Ogg Vorbis and whatever else libsndfile reads), as if it were heard now.
///
/// It is not live at either pace: nothing is ever lost, since a full ring makes it wait. Decoding
/// may allocate, so reading is not bound to real time. A file that ends early yields everything
/// readable, then the fault `truncated`. A damaged FLAC file is read on with after the damage,
/// which is a gap; the fault `damaged` comes at the end. So it does after all the sound of a WAV
/// file whose header promises less of it.
@safe public final class FileSource: CaptureSource {
    /// How fast a file is read.
    public enum Pace: String, Sendable, CaseIterable {
        /// Each block when a microphone would deliver it, with its time.
        case realtime
        /// As fast as the ring takes it; its samples have no times.
        case maximum
    }

    public let sampleRate: SampleRate
    public var isLive: Bool { false }
    public let health = CaptureHealth()
    /// The number of frames the file promises; `nil` if its header leaves that open.
    public var frameCount: Int64? { promisedFrames }
    /// The length the file promises.
    public var durationSeconds: Double? { promisedFrames.map { sampleRate.seconds($0) } }

    private static let framesPerRead = 4096
    private static let blocksPerSecond = 50
    /// In nanoseconds.
    private static let longestSleep: Int64 = 100_000_000

    /// When it began, as it says itself.
    let statedStart: RecordingStart?
    /// The length of what is there, as far as it is known before it is read.
    let lengthSeconds: Double?
    let pace: Pace

    private let subject: String
    private let promisedFrames: Int64?
    private let presentFrames: Int64?
    private let conversion: PCMConversion
    private var watch: ChannelWatch
    private let frames: UnsafeMutableBufferPointer<Float>  // [framesPerRead][channels]
    private var file: SoundFile?
    /// What reads on after damage.
    private var salvage: FLACSalvage?
    private var framesDelivered: Int64 = 0
    /// Frames that could not be decoded.
    private var framesLost: Int64 = 0
    /// What the decoder said before `salvage` took over.
    private var salvageCode: Int32 = 0
    /// When the first sample was due, on the monotonic clock; set by the first read.
    private var startNanoseconds: Int64?

    /// - Parameters:
    ///   - channel: the channel to listen to, from 1.
    ///   - rate: the rate the file must have; `nil` accepts every rate in `SampleRate.accepted`.
    /// - Throws: `unreadable`, `notAudio`, `unsupportedRate` or `unsupportedChannel`.
    public init(
        path: String, channel: Int = 1, rate: SampleRate? = nil, pace: Pace
    ) throws(CaptureError) {
        let subject = "file:" + path
        let file = try SoundFile.open(path: path, subject: subject)
        sampleRate = try Self.checkRate(file.sampleRateHertz, wanted: rate, subject: subject)
        try checkChannel(channel, of: file.channels, subject: subject)
        self.subject = subject
        self.pace = pace
        self.file = file
        promisedFrames = file.promisedFrames
        presentFrames = file.presentFrames
        lengthSeconds = file.lengthFrames.map { [sampleRate] in sampleRate.seconds($0) }
        statedStart = RecordingStart.stated(path: path, chunks: file.chunks) {
            WAVHeader.read(file.descriptor, at: $0, count: $1)
        }
        conversion = PCMConversion(
            format: .float32, channels: file.channels, channelIndex: channel - 1)
        watch = ChannelWatch(conversion: conversion, sampleRate: sampleRate)
        // SAFETY: freed in deinit only.
        unsafe frames = .allocate(capacity: Self.framesPerRead * file.channels)
        unsafe frames.initialize(repeating: 0)
    }

    deinit {
        // SAFETY: nobody else has the address.
        unsafe frames.deallocate()
    }

    public func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        guard let file, let target = unsafe frames.baseAddress else { return .endOfStream }
        if !isNearlyDue() { return .idle }
        let limit = pace == .realtime ? sampleRate.hertz / Self.blocksPerSecond : Int.max
        let wanted = min(buffer.count, Self.framesPerRead, limit)
        // SAFETY, twice: `frames` holds `framesPerRead` frames, and `wanted` is no more.
        if salvage == nil {
            let left = presentFrames.map { Int(clamping: $0 - framesDelivered) } ?? wanted
            let count = unsafe file.read(into: target, count: min(wanted, left))
            // What came together with an error may be wrong.
            guard file.kind == .flac, file.errorCode != 0, beginSalvage(of: file) else {
                return count > 0 ? unsafe deliver(count, into: buffer) : ending(of: file)
            }
        }
        switch unsafe salvage?.read(into: target, count: wanted) {
        case .samples(let count): return unsafe deliver(count, into: buffer)
        case .lost(let count):
            framesLost += count
            return .gap(lostSamples: count, cause: .damaged)
        case .end, nil: return ending(of: file)
        }
    }

    public func describe(_ fault: CaptureFault) -> CaptureError {
        CaptureError(
            fault.kind, code: fault.code, subject: subject, message: message(of: fault))
    }

    private func message(of fault: CaptureFault) -> String {
        let heard = lengthText(sampleRate.seconds(framesDelivered))
        let decoder = fault.code == 0 ? "" : "; " + SoundFile.message(fault.code)
        let promise = durationSeconds.map(lengthText)
        switch fault.kind {
        case .notAudio: return "there is no sound in it (0 samples)"
        case .damaged where framesLost > 0:
            let lost = lengthText(sampleRate.seconds(framesLost))
            return "the file is damaged: \(lost) of it cannot be decoded, \(heard) could be read"
                + decoder
        case .damaged:
            return "its header promises \(promise ?? "nothing"), but \(heard) of sound follow it; "
                + "all of it was read"
        default:
            let promised = promise.map { "its header promises \($0), " } ?? ""
            return "the file ends early: \(promised)\(heard) could be read" + decoder
        }
    }

    public func close() {
        salvage = nil
        file = nil
    }

    private func deliver(
        _ count: Int, into buffer: UnsafeMutableBufferPointer<Float>
    ) -> CaptureRead {
        // SAFETY: `count` frames were just written there.
        let raw = unsafe UnsafeRawBufferPointer(frames)
        unsafe conversion.convert(raw, frameCount: count, into: buffer)
        health.note(unsafe watch.see(raw, frameCount: count))
        let time = pace == .realtime ? waitUntilDue(count) : nil
        framesDelivered += Int64(count)
        health.state = .running
        return .samples(count: count, timeNanoseconds: time)
    }

    private func beginSalvage(of file: SoundFile) -> Bool {
        salvageCode = file.errorCode
        salvage = FLACSalvage(
            descriptor: file.descriptor, fileBytes: file.byteCount, position: framesDelivered)
        return salvage != nil
    }

    /// Whether the next sample is due within a tenth of a second; if it is not, returns after that:
    /// a long gap must not keep the capture thread from stopping.
    private func isNearlyDue() -> Bool {
        guard pace == .realtime, let startNanoseconds else { return true }
        let due = startNanoseconds + sampleRate.nanoseconds(framesDelivered + framesLost)
        guard due - MonotonicClock.now() > Self.longestSleep else { return true }
        MonotonicClock.sleep(until: MonotonicClock.now() + Self.longestSleep)
        return false
    }

    /// Sleeps until the last of the next `count` samples is due, and returns when the first was
    /// due.
    private func waitUntilDue(_ count: Int) -> Int64 {
        let start = startNanoseconds ?? MonotonicClock.now()
        startNanoseconds = start
        let position = framesDelivered + framesLost
        MonotonicClock.sleep(until: start + sampleRate.nanoseconds(position + Int64(count)))
        return start + sampleRate.nanoseconds(position)
    }

    private func ending(of file: SoundFile) -> CaptureRead {
        let code = salvage == nil ? file.errorCode : salvageCode
        let position = framesDelivered + framesLost
        let promised = promisedFrames ?? position
        let kind: CaptureError.Kind? =
            if framesLost > 0 {
                .damaged
            } else if position < promised || code != 0 && promisedFrames != position
                || !file.isWhole
            {
                .truncated
            } else if position > promised {
                .damaged
            } else {
                position == 0 ? .notAudio : nil
            }
        return kind.map { .failed(CaptureFault(kind: $0, code: code)) } ?? .endOfStream
    }

    private static func checkRate(
        _ hertz: Int, wanted: SampleRate?, subject: String
    ) throws(CaptureError) -> SampleRate {
        let accepted = SampleRate.accepted
        guard let rate = SampleRate(hertz: hertz) else {
            let remedy =
                hertz < accepted.lowerBound
                ? ". It holds nothing above \(hertz / 2) Hz, by which sounds are told apart, and "
                    + "converting it does not bring that back; record at 16000 Hz or more"
                : "; convert it to 192000 Hz or less"
            throw CaptureError(
                .unsupportedRate, subject: subject,
                message: "has \(hertz) Hz; accepted: \(accepted.lowerBound) to "
                    + "\(accepted.upperBound) Hz" + remedy)
        }
        guard let wanted, wanted != rate else { return rate }
        throw CaptureError(
            .unsupportedRate, subject: subject,
            message: "has \(hertz) Hz; the configuration asks for \(wanted.hertz) Hz")
    }
}
