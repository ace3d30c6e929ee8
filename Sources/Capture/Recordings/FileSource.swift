internal import SourceTypes
public import Timekeeping

/// A recording (WAV, FLAC, Ogg Vorbis and whatever else libsndfile reads), as if it were heard now.
///
/// It is not live at either pace: nothing is ever lost, since a full ring makes it wait. Decoding
/// may allocate, so reading is not bound to real time. A file that ends early yields everything
/// readable, then the fault `truncated`; an Ogg file does not say how long it should be.
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

    private let subject: String
    private let pace: Pace
    private let promisedFrames: Int64?
    private let conversion: PCMConversion
    private let frames: UnsafeMutableBufferPointer<Float>  // [framesPerRead][channels]
    private var file: SoundFile?
    private var framesDelivered: Int64 = 0
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
        conversion = PCMConversion(
            format: .float32, channels: file.channels, channelIndex: channel - 1)
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
        let limit = pace == .realtime ? sampleRate.hertz / Self.blocksPerSecond : Int.max
        let wanted = min(buffer.count, Self.framesPerRead, limit)
        // SAFETY: `frames` holds `framesPerRead` frames, and `wanted` is no more.
        let count = unsafe file.read(into: target, count: wanted)
        guard count > 0 else { return ending(of: file) }
        // SAFETY: `count` frames were just written there.
        unsafe conversion.convert(
            UnsafeRawBufferPointer(frames), frameCount: count, into: buffer)
        let time = pace == .realtime ? waitUntilDue(count) : nil
        framesDelivered += Int64(count)
        health.state = .running
        return .samples(count: count, timeNanoseconds: time)
    }

    public func describe(_ fault: CaptureFault) -> CaptureError {
        let heard = lengthText(sampleRate.seconds(framesDelivered))
        let promise = durationSeconds.map { "its header promises " + lengthText($0) + ", " } ?? ""
        let decoder = fault.code == 0 ? "" : "; " + SoundFile.message(fault.code)
        return CaptureError(
            fault.kind, code: fault.code, subject: subject,
            message: "the file ends early: \(promise)\(heard) could be read" + decoder)
    }

    public func close() {
        file = nil
    }

    /// Sleeps until the last of the next `count` samples is due, and returns when the first was
    /// due.
    private func waitUntilDue(_ count: Int) -> Int64 {
        let start = startNanoseconds ?? MonotonicClock.now()
        startNanoseconds = start
        let end = start + sampleRate.nanoseconds(framesDelivered + Int64(count))
        MonotonicClock.sleep(until: end)
        return start + sampleRate.nanoseconds(framesDelivered)
    }

    private func ending(of file: SoundFile) -> CaptureRead {
        let code = file.errorCode
        let isShort = promisedFrames.map { framesDelivered < $0 } ?? false
        guard isShort || code != 0 else { return .endOfStream }
        return .failed(CaptureFault(kind: .truncated, code: code))
    }

    private static func checkRate(
        _ hertz: Int, wanted: SampleRate?, subject: String
    ) throws(CaptureError) -> SampleRate {
        let accepted = SampleRate.accepted
        guard let rate = SampleRate(hertz: hertz) else {
            throw CaptureError(
                .unsupportedRate, subject: subject,
                message: "has \(hertz) Hz; accepted: \(accepted.lowerBound) to "
                    + "\(accepted.upperBound) Hz")
        }
        guard let wanted, wanted != rate else { return rate }
        throw CaptureError(
            .unsupportedRate, subject: subject,
            message: "has \(hertz) Hz; the configuration asks for \(wanted.hertz) Hz")
    }
}
