internal import CALSA
internal import Glibc
internal import Timekeeping

extension ALSADevice {
    /// What the configuration asks for in a device.
    struct Request {
        /// Its name for libasound, or a stable name of its card.
        var name: String
        /// The channel to listen to, from 1.
        var channel: Int
        /// `nil` takes the best rate the device has.
        var rate: SampleRate?
        /// Where stable names are looked up, each time it is opened.
        var folder = SoundDeviceFolder.current

        var subject: String { "alsa:" + name }
    }

    /// Opens and configures a device, without starting it.
    ///
    /// It first tries only what the hardware itself offers, so that nothing is resampled, mixed
    /// down or cut to 16 bits on the way. A `plug` device with none of our formats natively may
    /// then convert the format, which loses nothing, but never the rate or the channels.
    /// - Throws: a `CaptureError` of any kind that applies to devices.
    static func open(_ request: Request) throws(CaptureError) -> ALSADevice {
        _ = prepareLibrary
        let name = try request.folder.pcmName(of: request.name)
        let native = SND_PCM_NO_AUTO_RESAMPLE | SND_PCM_NO_AUTO_CHANNELS
        do throws(CaptureError) {
            return try open(request, name, mode: native | SND_PCM_NO_AUTO_FORMAT)
        } catch {
            guard error.kind == .unsupportedFormat || error.kind == .deviceUnsuitable
            else { throw error }
            return try open(request, name, mode: native)
        }
    }

    /// Done once, before the first call to libasound.
    ///
    /// libasound locks a mutex around each call on a plugin handle, so that threads may share it.
    /// Each of our handles belongs to one thread, and a lock has no place in the capture thread.
    /// The library reads the environment variable when it opens its first handle. A value set by
    /// the user stays.
    static let prepareLibrary: Void = {
        // SAFETY: two constant strings. No other thread of ours reads the environment in the
        // meantime.
        unsafe setenv("LIBASOUND_THREAD_SAFE", "0", 0)
        // Our errors carry the reason; the library's own lines on standard error have no place in
        // the output of a service. It always returns 0.
        _ = calsa_discard_messages()
    }()

    private static func open(
        _ request: Request, _ name: String, mode: Int32
    ) throws(CaptureError) -> ALSADevice {
        let pcm = try unsafe handle(request, name, mode: mode)
        var isOurs = true
        defer { if isOurs { unsafe snd_pcm_close(pcm) } }
        let setup = try unsafe ALSANegotiation(pcm: pcm, request: request).run()
        let status = try unsafe allocateStatus(request)
        isOurs = false
        return unsafe ALSADevice(pcm: pcm, status: status, setup: setup)
    }

    /// Opens a handle, which is the caller's to close.
    private static func handle(
        _ request: Request, _ name: String, mode: Int32
    ) throws(CaptureError) -> OpaquePointer {
        var pcm: OpaquePointer?
        // SAFETY: `pcm` is valid throughout the call.
        let code = unsafe snd_pcm_open(
            &pcm, name, SND_PCM_STREAM_CAPTURE, mode | SND_PCM_NONBLOCK)
        guard code == 0, let pcm = unsafe pcm else {
            throw CaptureError(
                .deviceUnavailable, code: code, subject: request.subject,
                message: "cannot open the device: " + message(code) + remedy(code))
        }
        return unsafe pcm
    }

    /// What the hardware of a device offers, without setting it.
    static func abilities(_ request: Request) throws(CaptureError) -> DeviceAbilities {
        _ = prepareLibrary
        let name = try request.folder.pcmName(of: request.name)
        let pcm = try unsafe handle(
            request, name,
            mode: SND_PCM_NO_AUTO_RESAMPLE | SND_PCM_NO_AUTO_CHANNELS | SND_PCM_NO_AUTO_FORMAT)
        // SAFETY: nobody else has the handle.
        defer { unsafe snd_pcm_close(pcm) }
        return try unsafe ALSANegotiation(pcm: pcm, request: request).abilities()
    }

    private static func remedy(_ code: Int32) -> String {
        switch -code {
        case ENOENT, ENODEV, ENXIO: "; `monitorctl devices` lists those that there are"
        case EACCES, EPERM:
            "; it takes the group audio (sudo adduser $USER audio, and log in again)"
        case EBUSY: "; another program holds it (`monitorctl devices` says which)"
        default: ""
        }
    }

    private static func allocateStatus(_ request: Request) throws(CaptureError) -> OpaquePointer {
        var status: OpaquePointer?
        // SAFETY: `status` is valid throughout the call; the library allocates it, deinit frees it.
        let code = unsafe snd_pcm_status_malloc(&status)
        guard code == 0, let status = unsafe status else {
            throw CaptureError(
                .deviceUnsuitable, code: code, subject: request.subject,
                message: "no memory for its status: " + message(code))
        }
        return unsafe status
    }
}
