internal import CSndfile
public import Timekeeping

/// Writes one channel of samples as a FLAC file.
public struct FLACFile {
    /// Writes 24 bits per sample, clipping anything beyond full scale. An existing file is
    /// replaced.
    ///
    /// - Throws: `unwritable`
    public static func write(
        _ samples: [Float], sampleRate: SampleRate, path: String
    ) throws(CaptureError) {
        var info = SF_INFO()
        info.samplerate = Int32(sampleRate.hertz)
        info.channels = 1
        info.format = Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_24)
        // SAFETY: path and structure are valid throughout the call.
        guard let handle = unsafe sf_open(path, Int32(SFM_WRITE), &info) else {
            throw unwritable(path, code: sf_error(nil))
        }
        // SAFETY: the handle is open; the command takes no data.
        unsafe sf_command(handle, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
        // SAFETY: the array has `count` samples and is valid throughout the call.
        let written = unsafe sf_writef_float(handle, samples, sf_count_t(samples.count))
        // SAFETY: the handle is open.
        let writeCode = unsafe sf_error(handle)
        // SAFETY: opened above and used by nobody else; closing writes what is left.
        let closeCode = unsafe sf_close(handle)
        guard Int(written) == samples.count, closeCode == 0 else {
            throw unwritable(path, code: writeCode == 0 ? closeCode : writeCode)
        }
    }

    private static func unwritable(_ path: String, code: Int32) -> CaptureError {
        CaptureError(
            .unwritable, code: code, subject: "file:" + path,
            message: "cannot be written: " + SoundFile.message(code))
    }
}
