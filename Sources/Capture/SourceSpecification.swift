public import Acoustics

/// A source as the configuration names it: `alsa:NAME`, `file:PATH` or `stdin`.
public enum SourceSpecification: Sendable, Hashable, CustomStringConvertible {
    /// Any name that libasound knows: `hw:1,0`, `plughw:1`, `default`.
    case alsa(String)
    /// A recording: WAV, FLAC or Ogg.
    case file(String)
    /// Raw PCM on standard input.
    case standardInput

    /// - Throws: `badSpecification`.
    public init(parsing text: String) throws(CaptureError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count == 2 ? String(parts[1]) : nil
        switch (parts.first, rest) {
        case ("alsa", let name?) where !name.isEmpty: self = .alsa(name)
        case ("file", let path?) where !path.isEmpty: self = .file(path)
        case ("stdin", nil): self = .standardInput
        default:
            throw CaptureError(
                .badSpecification, subject: "source",
                message: "\"\(text)\" names no source; accepted: alsa:NAME, file:PATH, stdin")
        }
    }

    /// Whether it names a device, which goes on by itself, and not a recording or a stream.
    public var isDevice: Bool {
        if case .alsa = self { true } else { false }
    }

    /// The text that is parsed to the same value.
    public var description: String {
        switch self {
        case .alsa(let name): "alsa:" + name
        case .file(let path): "file:" + path
        case .standardInput: "stdin"
        }
    }

    /// Opens the source.
    /// - Parameters:
    ///   - channel: the channel to listen to, from 1.
    ///   - rate: the rate that a device must run at, or that a file must have; `nil` takes what
    ///     there is. Raw PCM has the rate of `streamFormat`.
    ///   - pace: how fast a file is read.
    ///   - streamFormat: what raw PCM does not say about itself.
    ///   - timesArrivals: whether raw PCM is timed by its arrival (`StreamSource`).
    public func open(
        channel: Int, rate: SampleRate?, pace: FileSource.Pace, streamFormat: StreamFormat,
        timesArrivals: Bool = true
    ) throws(CaptureError) -> any CaptureSource {
        switch self {
        case .alsa(let name): try ALSASource(device: name, channel: channel, rate: rate)
        case .file(let path): try FileSource(path: path, channel: channel, rate: rate, pace: pace)
        case .standardInput:
            try StreamSource(
                format: streamFormat, channel: channel, timesArrivals: timesArrivals)
        }
    }
}
