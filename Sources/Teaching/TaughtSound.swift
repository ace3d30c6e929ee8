internal import Foundation
public import ModelFormat
internal import SoundTypes
public import Timekeeping

/// A sound the owner has taught: its head, and how it was obtained.
public struct TaughtSound: Sendable, Hashable {
    public let label: String
    /// The checksum of the model whose embedding the head works on.
    public let model: UInt32
    public let taught: UTCTime
    public let figures: TeachingFigures
    public let head: TaughtHead

    public init(
        label: String, model: Model, taught: UTCTime, figures: TeachingFigures, head: TaughtHead
    ) {
        self.label = label
        self.model = model.checksum
        self.taught = taught
        self.figures = figures
        self.head = head
    }

    /// Whether the head is for this model. Embeddings of another model mean something else.
    public func fits(_ model: Model) -> Bool {
        self.model == model.checksum && head.weights.count == model.embeddingSize
    }

    /// Throws unless `label` can be the name of a taught sound: 1 to 40 characters from a to z, 0
    /// to 9 and _, beginning with a letter, and not the name of something else. It becomes part of
    /// file names.
    public static func check(label: String, model: Model) throws(TeachingError) {
        guard isName(label) else {
            throw .invalidLabel(
                label, reason: "is not accepted: 1 to 40 of a-z, 0-9 and _, a letter first")
        }
        guard !model.labels.contains(label), label != SoundEvent.loudLabel else {
            throw .invalidLabel(label, reason: "is that of a built-in sound; choose another")
        }
    }

    static func isName(_ label: String) -> Bool {
        let isShort = (1...40).contains(label.utf8.count)
        let accepted = label.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isShort && accepted && label.first?.isLetter == true
    }
}

/// The file, version 1, in the frame of `FramedFile`; its values are the weights, Float32.
extension TaughtSound {
    static let frame = FramedFile(magic: "SNDTAUGH", version: 1)
    static let kind = "taught sound"
    static let maximumBytes = 1 << 20

    private struct Header: Codable {
        var label: String
        var model: UInt32
        var taughtMicroseconds: Int64
        var figures: TeachingFigures
        var thresholds: TaughtHead.Thresholds
        var bias: Float
        var size: Int
    }

    /// Reads the bytes of a file; `name` is used in errors.
    init(bytes: [UInt8], name: String) throws(TeachingError) {
        let header: Header
        let values: ArraySlice<UInt8>
        (header, values) = try Self.frame.content(of: bytes, name: name, kind: Self.kind)
        let (on, off) = (header.thresholds.on, header.thresholds.off)
        guard header.size >= 1, values.count % 4 == 0, values.count / 4 == header.size else {
            throw .damaged(
                name: name,
                detail: "\(header.size) weights do not fill its \(values.count) bytes")
        }
        guard Self.isName(header.label), header.bias.isFinite, 0 <= off, off <= on, on <= 1 else {
            throw .damaged(
                name: name,
                detail: "label \"\(header.label)\", bias \(header.bias), thresholds \(on), \(off)")
        }
        guard header.figures.areSound else {
            throw .damaged(name: name, detail: "its figures cannot be right")
        }
        let weights = (0..<header.size).map {
            Float(bitPattern: FramedFile.integer(values, at: 4 * $0))
        }
        guard weights.allSatisfy(\.isFinite) else {
            throw .damaged(name: name, detail: "it has weights that are no numbers")
        }
        label = header.label
        model = header.model
        taught = UTCTime(microseconds: header.taughtMicroseconds)
        figures = header.figures
        head = TaughtHead(weights: weights, bias: header.bias, thresholds: header.thresholds)
    }

    /// The bytes of the file.
    var bytes: [UInt8] {
        let header = Header(
            label: label, model: model, taughtMicroseconds: taught.microseconds, figures: figures,
            thresholds: head.thresholds, bias: head.bias, size: head.weights.count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return Self.frame.encoded(
                header: [UInt8](try encoder.encode(header)),
                values: head.weights.flatMap { FramedFile.bytes($0.bitPattern) })
        } catch {
            preconditionFailure("finite numbers and texts can be encoded: \(error)")
        }
    }
}
