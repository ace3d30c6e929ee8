internal import CSndfile
internal import Glibc
internal import HostSystem

/// One open recording. This is the file that knows libsndfile.
///
/// WAV headers are read by our own code, which knows what unfinished ones mean; libsndfile then
/// only decodes the samples.
@safe final class SoundFile {
    let sampleRateHertz: Int
    let channels: Int
    /// The number of frames the file promises, if it does. More than there are: it is cut short.
    /// Fewer: its header is wrong.
    let promisedFrames: Int64?
    /// The number of frames that are there, where that is known better than by reading them.
    let presentFrames: Int64?
    /// The chunks of a WAV file.
    let chunks: [WAVHeader.Chunk]
    let kind: Kind
    let descriptor: Int32
    let byteCount: UInt64

    enum Kind { case flac, ogg, other }

    private let handle: OpaquePointer

    /// - Throws: `unreadable` or `notAudio`.
    static func open(path: String, subject: String) throws(CaptureError) -> SoundFile {
        let (descriptor, bytes) = try openDescriptor(path: path, subject: subject)
        do throws(CaptureError) {
            if let header = WAVHeader(descriptor: descriptor), header.encoding != nil {
                return try SoundFile(descriptor, header, fileBytes: bytes, subject: subject)
            }
            return try SoundFile(descriptor, fileBytes: bytes, subject: subject)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// A file that libsndfile understands by itself. The descriptor passes over to the object,
    /// unless it throws.
    private init(_ descriptor: Int32, fileBytes: Int64, subject: String) throws(CaptureError) {
        var info = SF_INFO()
        // SAFETY: `info` is valid throughout the call. libsndfile closes the copy, at once if it
        // fails, whatever the last argument says.
        guard
            let handle = unsafe sf_open_fd(
                Self.copy(descriptor), Int32(SFM_READ), &info, Int32(SF_TRUE))
        else {
            throw Self.refusal(descriptor, fileBytes: fileBytes, subject: subject)
        }
        self.descriptor = descriptor
        byteCount = UInt64(fileBytes)
        unsafe self.handle = handle
        sampleRateHertz = Int(info.samplerate)
        channels = Int(info.channels)
        kind = Self.kind(info)
        // A FLAC stream of unknown length has 2^63 - 1 frames.
        let counted = info.frames > 0 && info.frames < Int64.max ? info.frames : nil
        promisedFrames = WAVHeader.promisedFrames(descriptor: descriptor, present: counted)
        presentFrames = nil
        chunks = []
    }

    /// A WAV file of plain samples.
    private init(
        _ descriptor: Int32, _ header: WAVHeader, fileBytes: Int64, subject: String
    ) throws(CaptureError) {
        if let fault = header.fault {
            throw CaptureError(.notAudio, subject: subject, message: fault)
        }
        var info = SF_INFO()
        info.format = Int32(SF_FORMAT_RAW) | Int32(SF_ENDIAN_LITTLE) | header.subformat
        info.channels = Int32(header.channels)
        info.samplerate = Int32(clamping: header.framesPerSecond)
        var start = sf_count_t(header.dataOffset)
        // SAFETY: `info` and `start` are valid throughout the calls; the copy is libsndfile's. The
        // offset counts when the file is next told where to read.
        guard
            let handle = unsafe sf_open_fd(
                Self.copy(descriptor), Int32(SFM_READ), &info, Int32(SF_TRUE))
        else {
            throw Self.refusal(descriptor, fileBytes: fileBytes, subject: subject)
        }
        let size = Int32(MemoryLayout<sf_count_t>.size)
        unsafe sf_command(handle, Int32(SFC_SET_RAW_START_OFFSET), &start, size)
        unsafe sf_seek(handle, 0, Int32(SEEK_SET))
        let extent = header.extent(descriptor: descriptor, fileBytes: UInt64(fileBytes))
        let frameBytes = UInt64(header.frameBytes)
        self.descriptor = descriptor
        byteCount = UInt64(fileBytes)
        unsafe self.handle = handle
        sampleRateHertz = Int(header.framesPerSecond)
        channels = header.channels
        kind = .other
        promisedFrames = extent.stated.flatMap { Int64(exactly: $0 / frameBytes) }
        presentFrames = Int64(extent.present / frameBytes)
        chunks = header.chunks + extent.chunks
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

    /// The number of frames that are there, as far as that is known before reading them.
    var lengthFrames: Int64? {
        if let presentFrames { return presentFrames }
        guard kind == .flac, promisedFrames == nil else { return promisedFrames }
        let frames = FLACFrames(descriptor: descriptor, fileBytes: byteCount)
        return frames?.runs.last?.samples.upperBound
    }

    /// Whether a file that promises no length, but knows its end, has that end.
    var isWhole: Bool {
        switch kind {
        case .flac where promisedFrames == nil:
            FLACFrames(descriptor: descriptor, fileBytes: byteCount)?.isWhole ?? true
        case .ogg: OggEnding.isWhole(descriptor: descriptor, fileBytes: byteCount)
        case .flac, .other: true
        }
    }

    static func message(_ code: Int32) -> String {
        // SAFETY: the library returns a constant terminated string for every number.
        unsafe String(cString: sf_error_number(code)) + " (libsndfile error \(code))"
    }

    /// Another descriptor of the same file; -1, which cannot be read, if there is none.
    private static func copy(_ descriptor: Int32) -> Int32 {
        fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    }

    private static func kind(_ info: SF_INFO) -> Kind {
        switch Int(info.format) & Int(SF_FORMAT_TYPEMASK) {
        case Int(SF_FORMAT_FLAC): .flac
        case Int(SF_FORMAT_OGG): .ogg
        default: .other
        }
    }

    /// Why libsndfile has just refused to open a file.
    private static func refusal(
        _ descriptor: Int32, fileBytes: Int64, subject: String
    ) -> CaptureError {
        // SAFETY: the library returns a terminated string that is valid until the next failed open.
        let reason = unsafe String(cString: sf_strerror(nil))
        let code = sf_error(nil)
        let message =
            isZero(descriptor)
            ? "holds nothing but zeros (\(fileBytes) bytes): it was never written, or was lost"
            : "cannot be read as audio: \(reason); accepted: WAV, FLAC, Ogg"
        return CaptureError(.notAudio, code: code, subject: subject, message: message)
    }

    private static func isZero(_ descriptor: Int32) -> Bool {
        let blockBytes = 1 << 16
        var block = [UInt8](repeating: 0, count: blockBytes)
        var offset: off_t = 0
        while true {
            // SAFETY: the array has room for the block.
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress!, blockBytes, offset)
            }
            guard count > 0 else { return count == 0 }
            guard block[..<count].allSatisfy({ $0 == 0 }) else { return false }
            offset += off_t(count)
        }
    }

    private static func openDescriptor(
        path: String, subject: String
    ) throws(CaptureError) -> (descriptor: Int32, bytes: Int64) {
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
        return (descriptor, Int64(status.st_size))
    }
}

extension WAVHeader {
    /// libsndfile's number for the encoding.
    fileprivate var subformat: Int32 {
        switch encoding {
        case .unsigned8: Int32(SF_FORMAT_PCM_U8)
        case .signed16: Int32(SF_FORMAT_PCM_16)
        case .signed24: Int32(SF_FORMAT_PCM_24)
        case .signed32: Int32(SF_FORMAT_PCM_32)
        case .float32: Int32(SF_FORMAT_FLOAT)
        case .float64: Int32(SF_FORMAT_DOUBLE)
        case .muLaw: Int32(SF_FORMAT_ULAW)
        case .aLaw: Int32(SF_FORMAT_ALAW)
        case nil: 0
        }
    }
}
