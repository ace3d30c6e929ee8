internal import CSndfile
internal import Glibc
internal import HostSystem

/// One open recording. This is the file that knows libsndfile.
@safe final class SoundFile {
    let sampleRateHertz: Int
    let channels: Int
    /// The number of frames the header promises, if it does; never fewer than there are.
    let promisedFrames: Int64?

    private let descriptor: Int32
    private let handle: OpaquePointer

    /// - Throws: `unreadable` or `notAudio`.
    static func open(path: String, subject: String) throws(CaptureError) -> SoundFile {
        let descriptor = try openDescriptor(path: path, subject: subject)
        var info = SF_INFO()
        // SAFETY: `info` is valid throughout the call. The descriptor stays ours (last argument).
        guard let handle = unsafe sf_open_fd(descriptor, Int32(SFM_READ), &info, 0) else {
            // SAFETY: the library returns a terminated string that is valid until the next failed
            // open.
            let reason = unsafe String(cString: sf_strerror(nil))
            let code = sf_error(nil)
            _ = Glibc.close(descriptor)
            throw CaptureError(
                .notAudio, code: code, subject: subject,
                message: "cannot be read as audio: \(reason); accepted: WAV, FLAC, Ogg")
        }
        return unsafe SoundFile(descriptor: descriptor, handle: handle, info: info)
    }

    private init(descriptor: Int32, handle: OpaquePointer, info: SF_INFO) {
        self.descriptor = descriptor
        unsafe self.handle = handle
        sampleRateHertz = Int(info.samplerate)
        channels = Int(info.channels)
        // A FLAC stream of unknown length has 2^63 - 1 frames.
        let counted = info.frames > 0 && info.frames < Int64.max ? info.frames : nil
        promisedFrames = WAVHeader.promisedFrames(descriptor: descriptor, present: counted)
    }

    deinit {
        // SAFETY: both were opened by this object and are used by nobody else. Reading leaves
        // nothing that could fail to be written.
        unsafe sf_close(handle)
        _ = Glibc.close(descriptor)
    }

    /// Reads up to `count` interleaved frames; fewer only at the end or at a fault.
    func read(into frames: UnsafeMutablePointer<Float>, count: Int) -> Int {
        // SAFETY: the caller gives room for `count` frames of `channels` floats.
        Int(unsafe sf_readf_float(handle, frames, sf_count_t(count)))
    }

    /// The error number of the last read; 0 without an error.
    var errorCode: Int32 {
        // SAFETY: the handle is open.
        unsafe sf_error(handle)
    }

    static func message(_ code: Int32) -> String {
        // SAFETY: the library returns a constant terminated string for every number.
        unsafe String(cString: sf_error_number(code)) + " (libsndfile error \(code))"
    }

    private static func openDescriptor(
        path: String, subject: String
    ) throws(CaptureError) -> Int32 {
        // O_NONBLOCK: opening a named pipe would wait for a writer. It means nothing to regular
        // files.
        // SAFETY: the string is valid throughout the call.
        let descriptor = unsafe Glibc.open(
            FileName.bytes(of: path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let code = errno
            throw CaptureError(
                .unreadable, code: code, subject: subject,
                message: "cannot be opened: " + systemMessage(code))
        }
        var status = stat()
        // SAFETY: `status` is valid throughout the call.
        let isKnown = unsafe fstat(descriptor, &status) == 0
        guard isKnown, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            _ = Glibc.close(descriptor)
            let isEmpty = isKnown && status.st_mode & S_IFMT == S_IFREG
            throw CaptureError(
                isEmpty ? .notAudio : .unreadable, subject: subject,
                message: isEmpty ? "is empty (0 bytes)" : "is not a regular file")
        }
        return descriptor
    }
}
