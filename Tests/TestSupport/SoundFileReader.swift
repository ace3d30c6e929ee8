internal import CSndfile

/// The first channel of a recording, read by libsndfile.
public struct SoundFileReader: Sendable {
    public let rate: Int
    public let samples: [Float]

    public init(_ path: String) throws {
        var info = SF_INFO()
        guard let file = sf_open(path, Int32(SFM_READ), &info) else {
            throw TestSupportError("cannot read \(path): " + String(cString: sf_strerror(nil)))
        }
        defer { sf_close(file) }
        let channels = Int(info.channels)
        var frames = [Float](repeating: 0, count: Int(info.frames) * channels)
        guard sf_readf_float(file, &frames, info.frames) == info.frames else {
            throw TestSupportError("\(path) ends early")
        }
        rate = Int(info.samplerate)
        samples = stride(from: 0, to: frames.count, by: channels).map { frames[$0] }
    }
}
