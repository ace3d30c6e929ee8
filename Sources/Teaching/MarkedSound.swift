internal import Foundation
public import ModelFormat
public import SoundTypes
public import Timekeeping

/// The frames of a stored event that the owner marked: the taught sound, or one that was mistaken
/// for it.
public struct MarkedSound: Sendable, Hashable {
    /// The ID of the event.
    public let event: Int64
    public let onset: UTCTime
    public var isTaughtSound: Bool
    /// What the spectrogram was made with.
    let features: FeatureParameters
    /// [frames][bands], as `LogMelCode` has them
    let bytes: [UInt8]

    /// What is kept before the onset and after the end, as both are known only to within a step or
    /// two.
    private static let marginSeconds = 0.25

    /// The part of a picture in which the event was heard; `nil` if that is too short to teach.
    public init?(
        _ picture: EventPicture, onset: UTCTime, heardUntil: UTCTime, isTaughtSound: Bool
    ) {
        let features = picture.features
        let count = picture.frames.count / features.bands
        func frame(_ time: UTCTime, _ margin: Double) -> Int {
            let seconds = time.seconds(since: picture.start) + margin
            return Int(min(max(0, seconds / features.hopSeconds), Double(count)))
        }
        let first = frame(onset, -Self.marginSeconds)
        let end = frame(heardUntil, Self.marginSeconds)
        guard Lesson.acceptedSeconds.contains(features.hopSeconds * Double(end - first))
        else { return nil }
        event = picture.eventID
        self.onset = onset
        self.isTaughtSound = isTaughtSound
        self.features = features
        bytes = Array(picture.frames[first * features.bands..<end * features.bands])
    }

    /// The frames, as this model wants them; `nil` if it wants other ones.
    public func frames(for model: Model) -> SoundFrames? {
        guard features == model.features else { return nil }
        return SoundFrames(values: bytes.map(LogMelCode(features).value), bands: features.bands)
    }

    /// What the sound is called in messages.
    public var name: String { "event \(event)" }
}

/// The file, version 1, in the frame of `FramedFile`; its values are the bytes of the frames.
extension MarkedSound {
    static let frame = FramedFile(magic: "SNDMARKD", version: 1)
    static let kind = "marked sound"
    /// More than ten seconds of one frame per millisecond with 512 bands.
    static let maximumBytes = 8 << 20

    private struct Header: Codable {
        var event: Int64
        var onsetMicroseconds: Int64
        var isTaughtSound: Bool
        var features: FeatureParameters
    }

    /// Reads the bytes of a file; `name` is used in errors.
    init(file: [UInt8], name: String) throws(TeachingError) {
        let (header, values): (Header, ArraySlice<UInt8>) = try Self.frame.content(
            of: file, name: name, kind: Self.kind)
        if let fault = header.features.fault { throw .damaged(name: name, detail: fault) }
        guard values.count % header.features.bands == 0,
            Lesson.acceptedSeconds.contains(
                header.features.hopSeconds * Double(values.count / header.features.bands))
        else {
            throw .damaged(
                name: name,
                detail: "\(values.count) bytes are no clip of \(header.features.bands) bands")
        }
        event = header.event
        onset = UTCTime(microseconds: header.onsetMicroseconds)
        isTaughtSound = header.isTaughtSound
        features = header.features
        bytes = Array(values)
    }

    /// The bytes of the file.
    var file: [UInt8] {
        let header = Header(
            event: event, onsetMicroseconds: onset.microseconds, isTaughtSound: isTaughtSound,
            features: features)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return Self.frame.encoded(header: [UInt8](try encoder.encode(header)), values: bytes)
        } catch {
            preconditionFailure("finite numbers can be encoded: \(error)")
        }
    }
}
