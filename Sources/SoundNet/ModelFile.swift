internal import Acoustics
internal import CDefaultModel
internal import Foundation

/// The model file, version 1, little endian. `docs/model.md` describes it for writers.
/// ```
/// byte 0   "SOUNDNET"
///      8   UInt32  version
///     12   UInt32  length of the header
///     16   UInt32  CRC-32 of all bytes from 20 on
///     20   header: JSON, padded with spaces so that what follows is aligned to 64 bytes
///          tensors: Float32
/// ```
extension Model {
    static let version: UInt32 = 1
    private static let magic = Array("SOUNDNET".utf8)
    private static let prefixLength = 20
    /// More than any model this engine could run in real time.
    private static let maximumBytes = 64 << 20

    /// Reads a model file.
    public init(path: String) throws(ModelError) {
        let bytes: Data
        do {
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw ModelError.unreadable(path: path, reason: "it is not a regular file")
            }
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            guard size <= Self.maximumBytes else {
                throw ModelError.damaged(
                    name: path, detail: "\(size) bytes, more than \(Self.maximumBytes)")
            }
            bytes = try Data(contentsOf: url)
        } catch let error as ModelError {
            throw error
        } catch {
            let reason = (error as NSError).localizedFailureReason
            throw .unreadable(path: path, reason: reason ?? error.localizedDescription)
        }
        try self.init(bytes: [UInt8](bytes), name: path)
    }

    /// The model that is built into the program.
    public static func builtIn() throws(ModelError) -> Model {
        // SAFETY: the array is constant and has the given size.
        let bytes = unsafe UnsafeBufferPointer(
            start: soundnet_default_model_bytes(), count: soundnet_default_model_size)
        return try Model(bytes: unsafe Array(bytes), name: "(built in)")
    }

    /// Reads a model from memory; `name` is used in errors.
    public init(bytes: [UInt8], name: String) throws(ModelError) {
        guard bytes.starts(with: Self.magic) else { throw .notAModel(name: name) }
        guard bytes.count >= Self.prefixLength else {
            throw .damaged(name: name, detail: "\(bytes.count) bytes are too few")
        }
        let found = Self.integer(bytes, at: 8)
        guard found == Self.version else {
            throw .unknownVersion(name: name, found: found, known: Self.version)
        }
        let headerLength = Int(Self.integer(bytes, at: 12))
        let tensorStart = Self.prefixLength + headerLength
        guard tensorStart <= bytes.count else {
            throw .damaged(name: name, detail: "it ends inside the header")
        }
        let checksum = Self.integer(bytes, at: 16)
        let computed = CRC32.checksum(bytes[Self.prefixLength...])
        guard computed == checksum else {
            throw .damaged(name: name, detail: "checksum \(computed), expected \(checksum)")
        }
        let header: ModelHeader
        do {
            header = try JSONDecoder().decode(
                ModelHeader.self, from: Data(bytes[Self.prefixLength..<tensorStart]))
        } catch let error as DecodingError {
            throw .invalid(name: name, detail: HeaderFault(error).detail)
        } catch {
            throw .invalid(name: name, detail: "header: \(error)")
        }
        var tensors = TensorReader(bytes: bytes[tensorStart...])
        do {
            self = try header.model(checksum: checksum, tensors: &tensors)
            try self.checkFeatures()
            try self.checkTracking()
            try self.checkShapes()
        } catch {
            throw .invalid(name: name, detail: error.detail)
        }
    }

    private static func integer(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
}

/// Cuts tensors out of the data part of the file. Together they are no larger than it: a small file
/// in which many layers name the same bytes is no large network.
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
