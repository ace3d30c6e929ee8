public import SourceTypes

/// Extracts one channel of interleaved PCM as Float.
///
/// Integers are divided by their full scale: 2^15, 2^23 or 2^31, so they lie in [-1, 1). Floats are
/// taken as they are, and what is not finite becomes 0.
public struct PCMConversion: Sendable, Hashable {
    public let format: PCMFormat
    public let channels: Int
    /// The extracted channel, from 0.
    public let channelIndex: Int

    /// `channelIndex` must lie in `0..<channels`.
    public init(format: PCMFormat, channels: Int, channelIndex: Int) {
        precondition(
            channels >= 1 && (0..<channels).contains(channelIndex),
            "channel index \(channelIndex) of \(channels) channels")
        self.format = format
        self.channels = channels
        self.channelIndex = channelIndex
    }

    public var bytesPerFrame: Int { channels * format.bytesPerSample }

    /// Converts the first `frameCount` frames of `raw` into the first `frameCount` samples of
    /// `samples`. Both must be that long. Neither allocates nor locks.
    public func convert(
        _ raw: UnsafeRawBufferPointer, frameCount: Int,
        into samples: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(frameCount >= 0 && samples.count >= frameCount)
        precondition(raw.count >= frameCount * bytesPerFrame)
        guard frameCount > 0, let source = raw.baseAddress, let target = samples.baseAddress
        else { return }
        // SAFETY: the preconditions keep every byte read and every sample written inside the
        // buffers; ends of frames lie at most `frameCount * bytesPerFrame` from the start.
        let first = unsafe source + channelIndex * format.bytesPerSample
        switch format {
        case .signed16: unsafe each(first, frameCount, target, Self.signed16)
        case .signed24Packed: unsafe each(first, frameCount, target, Self.signed24Packed)
        case .signed24: unsafe each(first, frameCount, target, Self.signed24)
        case .signed32: unsafe each(first, frameCount, target, Self.signed32)
        case .float32: unsafe each(first, frameCount, target, Self.float32)
        }
    }

    /// `sample` gets the address of each sample of the channel in turn.
    @inline(__always)
    private func each(
        _ first: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>,
        _ sample: (UnsafeRawPointer) -> Float
    ) {
        let stride = bytesPerFrame
        for index in 0..<count {
            // SAFETY: `convert` has checked both ends.
            unsafe target[index] = sample(first + index &* stride)
        }
    }

    // SAFETY of the five below: the address is that of a whole sample in that format, perhaps
    // unaligned.

    private static func signed16(_ address: UnsafeRawPointer) -> Float {
        let bits = unsafe address.loadUnaligned(as: Int16.self)
        return Float(Int16(littleEndian: bits)) * 0x1p-15
    }

    private static func signed24Packed(_ address: UnsafeRawPointer) -> Float {
        let low = unsafe UInt32(UInt16(littleEndian: address.loadUnaligned(as: UInt16.self)))
        let high = unsafe UInt32(address.load(fromByteOffset: 2, as: UInt8.self))
        return scaled24(low | high << 16)
    }

    private static func signed24(_ address: UnsafeRawPointer) -> Float {
        scaled24(UInt32(littleEndian: unsafe address.loadUnaligned(as: UInt32.self)))
    }

    private static func signed32(_ address: UnsafeRawPointer) -> Float {
        let bits = unsafe address.loadUnaligned(as: Int32.self)
        // The largest values would round to 1.
        return min(Float(Int32(littleEndian: bits)) * 0x1p-31, Float(1).nextDown)
    }

    private static func float32(_ address: UnsafeRawPointer) -> Float {
        let bits = unsafe address.loadUnaligned(as: UInt32.self)
        let value = Float(bitPattern: UInt32(littleEndian: bits))
        return value.isFinite ? value : 0
    }

    /// The low 24 bits with their sign; whatever the device leaves in the upper 8 is ignored.
    private static func scaled24(_ bits: UInt32) -> Float {
        Float(Int32(bitPattern: bits << 8) >> 8) * 0x1p-23
    }
}
