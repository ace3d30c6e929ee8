internal import CSndfile

/// A recording with one channel, read by libsndfile as 16-bit samples.
public struct SoundFileReader: Sendable {
    public let rate: Int
    public let samples: [Int16]

    public init(_ path: String) throws {
        var info = SF_INFO()
        guard let file = sf_open(path, Int32(SFM_READ), &info) else {
            throw TestSupportError("cannot read \(path): " + String(cString: sf_strerror(nil)))
        }
        defer { sf_close(file) }
        guard info.channels == 1 else {
            throw TestSupportError("\(path) has \(info.channels) channels")
        }
        var samples = [Int16](repeating: 0, count: Int(info.frames))
        guard sf_readf_short(file, &samples, info.frames) == info.frames else {
            throw TestSupportError("\(path) ends early")
        }
        rate = Int(info.samplerate)
        self.samples = samples
    }
}
