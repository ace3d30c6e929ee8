internal import CDefaultModel
internal import Foundation

/// The model file, version 1, in the frame of `FramedFile`: its header is padded with spaces so
/// that the values, tensors of Float32, are aligned to 64 bytes. `docs/model.md` describes it for
/// writers.
extension Model {
    private static let frame = FramedFile(magic: "SOUNDNET", version: 1)
    /// Larger than any model this engine could run in real time.
    private static let maximumBytes = 64 << 20

    /// Reads a model file.
    public init(path: String) throws(ModelError) {
        let bytes: [UInt8]
        do {
            bytes = try FramedFile.read(path, limit: Self.maximumBytes)
        } catch {
            throw ModelError(error, name: path, version: Self.frame.version)
        }
        try self.init(bytes: bytes, name: path)
    }

    /// The model built into the program.
    public static func builtIn() throws(ModelError) -> Model {
        // SAFETY: the array is constant and has the given size.
        let bytes = unsafe UnsafeBufferPointer(
            start: soundnet_default_model_bytes(), count: soundnet_default_model_size)
        return try Model(bytes: unsafe Array(bytes), name: "(built in)")
    }

    /// The model in a file or, without one, the built-in model.
    public static func named(_ path: String?) throws(ModelError) -> Model {
        guard let path else { return try builtIn() }
        return try Model(path: path)
    }

    /// Reads a model from memory; `name` is used in errors.
    public init(bytes: [UInt8], name: String) throws(ModelError) {
        let content: FramedFile.Content
        do {
            content = try Self.frame.content(of: bytes)
        } catch {
            throw ModelError(error, name: name, version: Self.frame.version)
        }
        let header: ModelHeader
        do {
            header = try JSONDecoder().decode(ModelHeader.self, from: Data(content.header))
        } catch let error as DecodingError {
            throw .invalid(name: name, detail: HeaderFault(error).detail)
        } catch {
            throw .invalid(name: name, detail: "header: \(error)")
        }
        var tensors = TensorReader(bytes: content.values)
        do {
            self = try header.model(checksum: content.checksum, tensors: &tensors)
            try self.checkFeatures()
            try self.checkTracking()
            try self.checkShapes()
        } catch {
            throw .invalid(name: name, detail: error.detail)
        }
    }
}

extension ModelError {
    fileprivate init(_ fault: FileFault, name: String, version: UInt32) {
        switch fault {
        case .unreadable(let reason): self = .unreadable(path: name, reason: reason)
        case .foreign: self = .notAModel(name: name)
        case .unknownVersion(let found):
            self = .unknownVersion(name: name, found: found, known: version)
        case .damaged(let detail): self = .damaged(name: name, detail: detail)
        }
    }
}

/// Cuts tensors out of the data part of the file. Together they are no larger than it: a small file
/// in which many layers name the same bytes does not make a large network.
struct TensorReader {
    private let bytes: ArraySlice<UInt8>
    private var bytesLeft: Int

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        bytesLeft = bytes.count
    }

    /// The values of a tensor that must have this shape.
    mutating func read(_ tensor: TensorReference, shape: [Int]) throws(HeaderFault) -> [Float] {
        guard tensor.shape == shape else {
            throw HeaderFault(detail: "a tensor of shape \(tensor.shape) where \(shape) belongs")
        }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 1, !overflow, product <= bytes.count else {
                throw HeaderFault(detail: "a tensor of shape \(shape)")
            }
            count = product
        }
        guard tensor.offset >= 0, tensor.offset <= bytes.count,
            4 * count <= bytes.count - tensor.offset
        else {
            throw HeaderFault(
                detail: "a tensor of \(count) values at \(tensor.offset) leaves the file")
        }
        guard 4 * count <= bytesLeft else {
            throw HeaderFault(detail: "tensors of more values than there are in the file")
        }
        bytesLeft -= 4 * count
        let start = bytes.startIndex + tensor.offset
        let values = (0..<count).map { index in
            let bits = (0..<4).reduce(UInt32(0)) {
                $0 | UInt32(bytes[start + 4 * index + $1]) << (8 * UInt32($1))
            }
            return Float(bitPattern: bits)
        }
        guard values.allSatisfy(\.isFinite) else {
            throw HeaderFault(detail: "a tensor holds values that are no finite numbers")
        }
        return values
    }
}
