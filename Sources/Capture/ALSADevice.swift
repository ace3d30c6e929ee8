internal import CALSA
internal import Glibc
internal import SourceTypes
internal import Timekeeping

/// What was agreed with a device.
struct ALSASetup: Equatable {
    var format: PCMFormat
    var rate: SampleRate
    var channels: Int
    /// Frames between two wake-ups.
    var periodFrames: Int
    /// Frames the device keeps for a late reader.
    var bufferFrames: Int

    /// Sound servers and wireless devices are late by seconds, and none by more than this.
    private static let longestDelaySeconds = 10

    /// What a driver says about its frames, as far as it can be believed: how many can be read, and
    /// how many are between the microphone and the reader. Drivers have been seen to put error
    /// numbers here.
    func plausible(available: UInt, delay: Int) -> (available: Int, delay: Int) {
        let readable = available <= UInt(Int.max) ? min(Int(available), bufferFrames) : 0
        let isDelayKnown = delay <= Self.longestDelaySeconds * rate.hertz
        return (readable, isDelayKnown ? max(delay, readable) : readable)
    }
}

/// One open capture handle of libasound. This file, `ALSADevice+Open` and `ALSANegotiation` are the
/// ones that know the library.
///
/// The handle is used by one thread at a time. Errors are libasound's negative numbers.
@safe final class ALSADevice {
    enum State {
        case running, overrun, suspended, other
    }

    /// The state of the device at one moment.
    struct Moment {
        /// 0, or why there is nothing to read.
        var code: Int32
        /// Frames that can be read.
        var available: Int
        /// The capture time of the next frame, on the monotonic clock.
        var timeNanoseconds: Int64
    }

    let setup: ALSASetup
    private let pcm: OpaquePointer
    private let status: OpaquePointer

    /// Takes ownership of an open, configured handle and a block of memory for its status.
    init(pcm: OpaquePointer, status: OpaquePointer, setup: ALSASetup) {
        unsafe self.pcm = pcm
        unsafe self.status = status
        self.setup = setup
    }

    deinit {
        // SAFETY: nobody else has the handle. A device that is gone says so here once more; its
        // resources are freed all the same.
        unsafe snd_pcm_close(pcm)
        unsafe snd_pcm_status_free(status)
    }

    // SAFETY of what follows: `pcm` and `status` are valid from init to deinit.

    /// Prepares the device and starts it. Returns 0 or an error.
    func start() -> Int32 {
        let code = unsafe snd_pcm_prepare(pcm)
        return code < 0 ? code : unsafe snd_pcm_start(pcm)
    }

    /// Asks a suspended device to resume. Returns 0 or an error; -EAGAIN while it cannot yet.
    func resume() -> Int32 {
        unsafe snd_pcm_resume(pcm)
    }

    var state: State {
        // As numbers: comparing C enumerations would make the Swift runtime allocate once.
        switch unsafe snd_pcm_state(pcm).rawValue {
        case SND_PCM_STATE_RUNNING.rawValue: .running
        case SND_PCM_STATE_XRUN.rawValue: .overrun
        case SND_PCM_STATE_SUSPENDED.rawValue: .suspended
        default: .other
        }
    }

    /// Waits for a period of frames. Returns 1 when they are there, 0 on a time-out, or an error.
    func wait(milliseconds: Int32) -> Int32 {
        unsafe snd_pcm_wait(pcm, milliseconds)
    }

    /// Where the device is now.
    ///
    /// The library stamps the moment at which it knew `delay`, the number of frames between the
    /// microphone and the reader. Drivers without stamps, or with stamps from another clock, give
    /// values far from now: those are replaced by the time of this call.
    func moment() -> Moment {
        let code = unsafe snd_pcm_status(pcm, status)
        let now = MonotonicClock.now()
        guard code == 0 else { return Moment(code: code, available: 0, timeNanoseconds: now) }
        var stamp = timespec()
        unsafe snd_pcm_status_get_htstamp(status, &stamp)
        let known = Self.plausible(stamp, now: now)
        let (available, delay) = setup.plausible(
            available: unsafe snd_pcm_status_get_avail(status),
            delay: unsafe snd_pcm_status_get_delay(status))
        let age = setup.rate.nanoseconds(Int64(delay))
        return Moment(code: 0, available: available, timeNanoseconds: known - age)
    }

    /// The time of a stamp in nanoseconds, or `now` if it is from another clock or missing.
    static func plausible(_ stamp: timespec, now: Int64) -> Int64 {
        let second: Int64 = 1_000_000_000
        let (seconds, nanoseconds) = (Int64(stamp.tv_sec), Int64(stamp.tv_nsec))
        // Compared without ranges, whose first use makes the Swift runtime allocate.
        guard seconds >= now / second - plausibleStampAge,
            seconds <= now / second + plausibleStampAge, nanoseconds >= 0, nanoseconds < second
        else { return now }
        return seconds * second + nanoseconds
    }

    /// Reads up to `count` frames. Returns how many came, or an error.
    func read(into raw: UnsafeMutableRawPointer, count: Int) -> Int {
        unsafe Int(snd_pcm_readi(pcm, raw, snd_pcm_uframes_t(count)))
    }

    /// A stamp further from now than this, in seconds, is from another clock or missing.
    private static let plausibleStampAge: Int64 = 10

    /// The library's message for an error number, with the number.
    static func message(_ code: Int32) -> String {
        // SAFETY: the library returns a constant terminated string for every number.
        unsafe String(cString: snd_strerror(code)) + " (ALSA error \(code))"
    }
}
