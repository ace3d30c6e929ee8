internal import CSndfile

/// Recordings for tests, written by libsndfile.
public enum SoundFileWriter {
    public enum Format: Sendable, CaseIterable {
        case wav16, wav24, wavFloat, flac16, flac24, oggVorbis

        var isInteger: Bool { self != .wavFloat && self != .oggVorbis }

        var code: Int32 {
            switch self {
            case .wav16: Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16)
            case .wav24: Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_24)
            case .wavFloat: Int32(SF_FORMAT_WAV | SF_FORMAT_FLOAT)
            case .flac16: Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
            case .flac24: Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_24)
            case .oggVorbis: Int32(SF_FORMAT_OGG | SF_FORMAT_VORBIS)
            }
        }
    }

    /// Writes interleaved samples in [-1, 1). Integer formats represent multiples of their step
    /// exactly.
    public static func write(
        _ samples: [Float], to path: String, format: Format, rate: Int = 48_000, channels: Int = 1
    ) throws {
        var info = SF_INFO()
        info.samplerate = Int32(rate)
        info.channels = Int32(channels)
        info.format = format.code
        guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
            throw TestSupportError("cannot write \(path): " + String(cString: sf_strerror(nil)))
        }
        let frames = samples.count / channels
        // libsndfile multiplies floats by 2^n - 1 on the way to integers, integers by nothing.
        let integers = format.isInteger ? samples.map { Int32($0 * 0x1p31) } : []
        let written =
            format.isInteger
            ? sf_writef_int(file, integers, sf_count_t(frames))
            : sf_writef_float(file, samples, sf_count_t(frames))
        guard sf_close(file) == 0, written == frames else {
            throw TestSupportError("wrote \(written) of \(frames) frames to \(path)")
        }
    }

    /// Writes one channel of 16-bit samples as they are.
    public static func write(
        _ samples: [Int16], to path: String, format: Format = .wav16, rate: Int
    ) throws {
        var info = SF_INFO()
        info.samplerate = Int32(rate)
        info.channels = 1
        info.format = format.code
        guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
            throw TestSupportError("cannot write \(path): " + String(cString: sf_strerror(nil)))
        }
        let written = sf_writef_short(file, samples, sf_count_t(samples.count))
        guard sf_close(file) == 0, written == samples.count else {
            throw TestSupportError("wrote \(written) of \(samples.count) frames to \(path)")
        }
    }
}
