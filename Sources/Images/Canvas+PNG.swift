internal import CPNG
public import HostSystem

extension Canvas {
    /// The image as a PNG file: 8 bits per channel, sRGB.
    ///
    /// - Throws: `ImageError` if libpng runs out of memory.
    public func png() throws(ImageError) -> [UInt8] {
        // SAFETY: without a buffer the call only counts the bytes.
        let size = unsafe try encode(into: nil, capacity: 0).get()
        var file = [UInt8](repeating: 0, count: size)
        // SAFETY: the buffer has `size` bytes and is valid throughout the call.
        let written = unsafe file.withUnsafeMutableBytes { buffer in
            unsafe encode(into: buffer.baseAddress, capacity: buffer.count)
        }
        return Array(file.prefix(try written.get()))
    }

    /// - Returns: the size of the file in bytes
    private func encode(
        into memory: UnsafeMutableRawPointer?, capacity: Int
    ) -> Result<Int, ImageError> {
        var image = unsafe png_image()
        unsafe image.version = png_uint_32(PNG_IMAGE_VERSION)
        unsafe image.width = png_uint_32(width)
        unsafe image.height = png_uint_32(height)
        unsafe image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)  // PNG_FORMAT_RGB
        var size = png_alloc_size_t(capacity)
        // SAFETY: `bytes` holds height rows of width three-byte pixels, without gaps (stride 0).
        let isDone = unsafe bytes.withUnsafeBytes { pixels in
            unsafe png_image_write_to_memory(
                &image, memory, &size, 0, pixels.baseAddress, 0, nil)
        }
        guard isDone != 0 else {
            // SAFETY: the library terminates the string in its array with a zero.
            let reason = unsafe withUnsafeBytes(of: image.message) { text in
                unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
            return .failure(ImageError(reason: reason))
        }
        return .success(Int(size))
    }
}

/// Why an image could not be made.
public struct ImageError: ExitStatusProviding, Hashable {
    /// What libpng says.
    public let reason: String

    public var exitStatus: ExitStatus { .software }

    public var description: String { "the image cannot be made: \(reason)" }
}
