internal import CDefaultModel
internal import Foundation
public import ModelFormat

/// Embeddings of sounds that are not the taught one: what a head learns to tell it apart from.
///
/// `Training/background.py` makes them from recordings, for one model each.
public struct BackgroundSet: Sendable {
    /// The steps of one kind of sound.
    struct Group: Sendable, Decodable {
        /// A label of the model, or the name of a sound without a label.
        let name: String
        let steps: Int
    }

    /// The number of steps from one recording, which follow one another in a group.
    static let stepsPerExcerpt = 4

    /// The checksum of the model that made the embeddings.
    let model: UInt32
    let groups: [Group]
    /// [steps][embeddingSize]; the steps of a group are consecutive.
    let embeddings: EmbeddingTable

    /// The group of every step.
    var groupOfStep: [Int] {
        groups.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element.steps) }
    }
}

/// The file, version 1, in the frame of `FramedFile`; its header names the model and the groups,
/// its values are Float16.
extension BackgroundSet {
    static let frame = FramedFile(magic: "SNDBACKG", version: 1)
    private static let kind = "background set"
    /// Larger than any useful background.
    private static let maximumBytes = 64 << 20
    private static let maximumGroups = 4_096
    /// Short embeddings take up to sixteen times their bytes in the table.
    private static let maximumSteps = 1 << 18

    private struct Header: Decodable {
        var model: UInt32
        var size: Int
        var groups: [Group]
    }

    /// The background of a model: the built-in one, or the one next to the model's file,
    /// `X.background` for the model `X`.
    ///
    /// - Parameter path: the file of the model; `nil` for the built-in one
    /// - Throws: `noBackground` if there is no file, or what is wrong with it
    public init(of model: Model, at path: String?) throws(TeachingError) {
        let (bytes, name) = try Self.file(beside: path)
        try self.init(bytes: bytes, name: name)
        guard self.model == model.checksum, embeddings.size == model.embeddingSize else {
            throw .backgroundOfAnotherModel(name: name)
        }
    }

    init(bytes: [UInt8], name: String) throws(TeachingError) {
        let (header, values): (Header, ArraySlice<UInt8>) = try Self.frame.content(
            of: bytes, name: name, kind: Self.kind)
        try self.init(
            model: header.model, size: header.size, groups: header.groups, values: values,
            name: name)
    }

    /// - Parameters:
    ///   - size: the values of an embedding
    ///   - values: [steps][size], Float16
    init(
        model: UInt32, size: Int, groups: [Group], values: ArraySlice<UInt8>, name: String
    ) throws(TeachingError) {
        guard size >= 1, let steps = Self.steps(of: groups), values.count % (2 * steps) == 0,
            values.count / (2 * steps) == size
        else {
            throw .damaged(
                name: name,
                detail: "its \(groups.count) groups of steps of \(size) values do not fill its "
                    + "\(values.count) bytes, or are more than \(Self.maximumSteps) steps")
        }
        self.model = model
        self.groups = groups
        var table = EmbeddingTable(size: size)
        for step in 0..<steps {
            let start = values.startIndex + 2 * step * size
            let row = (0..<size).map { index in
                let place = start + 2 * index
                let bits = UInt16(values[place]) | UInt16(values[place + 1]) << 8
                return Float(Float16(bitPattern: bits))
            }
            guard row.allSatisfy(\.isFinite) else {
                throw .damaged(name: name, detail: "step \(step) has values that are no numbers")
            }
            table.append(row.span)
        }
        embeddings = table
    }

    /// The steps of all groups; `nil` when they are none or too many.
    private static func steps(of groups: [Group]) -> Int? {
        guard groups.count <= maximumGroups,
            groups.allSatisfy({ (1...maximumSteps).contains($0.steps) })
        else { return nil }
        let sum = groups.reduce(0) { $0 + $1.steps }
        return (2...maximumSteps).contains(sum) ? sum : nil
    }

    private static func file(
        beside path: String?
    ) throws(TeachingError) -> (bytes: [UInt8], name: String) {
        guard let path else {
            // SAFETY: the array is constant and has the given size.
            let bytes = unsafe UnsafeBufferPointer(
                start: soundnet_default_background_bytes(),
                count: soundnet_default_background_size)
            return (unsafe Array(bytes), "(built in)")
        }
        let name = path + ".background"
        guard FileManager.default.fileExists(atPath: name) else {
            throw .noBackground(path: name)
        }
        return (try frame.bytes(ofFile: name, limit: maximumBytes, kind: kind), name)
    }
}
