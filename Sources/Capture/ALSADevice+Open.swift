internal import CALSA
internal import Glibc
internal import Timekeeping

extension ALSADevice {
    /// What the configuration asks of a device.
    struct Request {
        /// The name for libasound.
        var name: String
        /// The channel to listen to, from 1.
        var channel: Int
        /// `nil` takes the best rate that the device has.
        var rate: SampleRate?

        var subject: String { "alsa:" + name }
    }

    /// Opens and configures a device, without starting it.
    ///
    /// First only with what the hardware itself offers, so that nothing is resampled, mixed down or
    /// cut to 16 bits on the way. A `plug` device that has none of our formats natively may then
    /// convert the format, which loses nothing; never the rate or the channels.
    /// - Throws: a `CaptureError` of any kind that concerns devices.
    static func open(_ request: Request) throws(CaptureError) -> ALSADevice {
        _ = prepareLibrary
        let native = SND_PCM_NO_AUTO_RESAMPLE | SND_PCM_NO_AUTO_CHANNELS
        do throws(CaptureError) {
            return try open(request, mode: native | SND_PCM_NO_AUTO_FORMAT)
        } catch {
            guard error.kind == .unsupportedFormat || error.kind == .deviceUnsuitable
            else { throw error }
            return try open(request, mode: native)
        }
    }

    /// Done once, before the first call of libasound.
    ///
    /// libasound locks a mutex around each call of a plugin handle, so that threads may share it.
    /// Each of our handles belongs to one thread, and a lock has no place in the capture thread.
    /// The library looks at the environment variable when it opens its first handle. A value that
    /// the user has set stays.
    private static let prepareLibrary: Void = {
        // SAFETY: two constant texts. No other thread of ours reads the environment meanwhile.
        unsafe setenv("LIBASOUND_THREAD_SAFE", "0", 0)
        // Our errors carry the reason; the library's own lines on standard error have no place in
        // the output of a service. It returns 0 always.
        _ = calsa_discard_messages()
    }()

    private static func open(_ request: Request, mode: Int32) throws(CaptureError) -> ALSADevice {
        var pcm: OpaquePointer?
        // SAFETY: `pcm` lives through the call; on success it is ours to close.
        let code = unsafe snd_pcm_open(
            &pcm, request.name, SND_PCM_STREAM_CAPTURE, mode | SND_PCM_NONBLOCK)
        guard code == 0, let pcm = unsafe pcm else {
            throw CaptureError(
                .deviceUnavailable, code: code, subject: request.subject,
                message: "cannot open the device: " + message(code) + remedy(code))
        }
        var isOurs = true
        defer { if isOurs { unsafe snd_pcm_close(pcm) } }
        let setup = try unsafe ALSANegotiation(pcm: pcm, request: request).run()
        let status = try unsafe allocateStatus(request)
        isOurs = false
        return unsafe ALSADevice(pcm: pcm, status: status, setup: setup)
    }

    private static func remedy(_ code: Int32) -> String {
        switch -code {
        case ENOENT, ENODEV, ENXIO: "; `arecord -L` lists the devices that there are"
        case EACCES, EPERM: "; is the user in the group audio?"
        case EBUSY: "; another program holds it"
        default: ""
        }
    }

    private static func allocateStatus(_ request: Request) throws(CaptureError) -> OpaquePointer {
        var status: OpaquePointer?
        // SAFETY: `status` lives through the call; the library allocates it, deinit frees it.
        let code = unsafe snd_pcm_status_malloc(&status)
        guard code == 0, let status = unsafe status else {
            throw CaptureError(
                .deviceUnsuitable, code: code, subject: request.subject,
                message: "no memory for its status: " + message(code))
        }
        return unsafe status
    }
}
