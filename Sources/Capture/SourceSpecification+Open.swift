public import SourceTypes
public import Timekeeping

extension SourceSpecification {
    /// Opens the source.
    /// - Parameters:
    ///   - channel: the channel to listen to, from 1.
    ///   - rate: the rate a device must run at, or a file must have; `nil` takes what there is. Raw
    ///     PCM has the rate of `streamFormat`.
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
