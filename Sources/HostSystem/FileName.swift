internal import Glibc

/// File names are bytes and need not be UTF-8. As a text, each byte that is not part of UTF-8 is a
/// scalar at the end of the last private-use plane, so that every name is the text of one file.
package enum FileName {
    /// Bytes from 0x80 on; the others are always UTF-8.
    private static let scalars: ClosedRange<UInt32> = 0x10_FF80...0x10_FFFF

    /// The byte that a scalar stands for; `nil` for a scalar of the text itself.
    package static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        guard scalars.contains(scalar.value) else { return nil }
        return UInt8(0x80 + (scalar.value - scalars.lowerBound))
    }

    /// The text of a name. A name that has one of the scalars itself keeps its bytes, too.
    package static func text(of bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        var position = 0
        while position < bytes.count {
            var rest = bytes[position...].makeIterator()
            var parser = Unicode.UTF8.ForwardParser()
            if case .valid(let encoded) = parser.parseScalar(from: &rest),
                case let scalar = Unicode.UTF8.decode(encoded), byte(of: scalar) == nil
            {
                text.append(scalar)
                position += encoded.count
            } else {
                text.append(self.scalar(of: bytes[position]))
                position += 1
            }
        }
        return String(text)
    }

    /// The bytes of a name, with the 0 that ends them.
    package static func bytes(of text: String) -> [CChar] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if let byte = byte(of: scalar) {
                bytes.append(byte)
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// Whether the name is UTF-8, as libraries want it.
    package static func isUTF8(_ text: String) -> Bool {
        !text.unicodeScalars.contains { byte(of: $0) != nil }
    }

    private static func scalar(of byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(scalars.lowerBound + UInt32(byte &- 0x80)) ?? "\u{FFFD}"
    }
}

/// The arguments of this program, without its name, as texts of file names.
public func programArguments() -> [String] {
    // SAFETY: the array has as many strings as is said, all of them terminated, and nobody changes
    // it.
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
        unsafe CommandLine.unsafeArgv[index].map { argument in
            let bytes = unsafe UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            return unsafe FileName.text(of: Array(bytes))
        }
    }
}
