internal import Database
internal import GRDB

/// Writes the parts of a stored blob, little endian.
struct LevelEncoder {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// An exposure as Float32. One that is negative or not a number was never measured.
    mutating func exposure(_ value: Double) throws {
        let float = Float(value)
        guard float >= 0, float.isFinite else {
            throw unacceptable("an exposure is \(value), not a finite number from 0")
        }
        let pattern = float.bitPattern
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: pattern >> shift))
        }
    }

    /// Codes of twelve bits: two in three bytes, the lower bits first. If their number is odd, the
    /// last four bits are 0.
    mutating func codes(_ codes: [UInt16]) {
        var index = 0
        while index < codes.count {
            let first = codes[index]
            let second = index + 1 < codes.count ? codes[index + 1] : 0
            bytes.append(UInt8(truncatingIfNeeded: first))
            bytes.append(UInt8(truncatingIfNeeded: first >> 8 | second << 4))
            if index + 1 < codes.count { bytes.append(UInt8(truncatingIfNeeded: second >> 4)) }
            index += 2
        }
    }

    /// A whole number in groups of seven bits, the lowest first; all but the last have bit 7 set.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads the parts of a stored blob. Damage gives `RowFault`, whatever the bytes are.
struct LevelDecoder {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    mutating func exposure() throws -> Double {
        guard remaining >= 4 else { throw tooFew }
        var pattern = UInt32(0)
        for index in 0..<4 { pattern |= UInt32(bytes[position + index]) << UInt32(8 * index) }
        position += 4
        let value = Float(bitPattern: pattern)
        guard value >= 0, value.isFinite else { throw Self.damage("an exposure is \(value)") }
        return Double(value)
    }

    mutating func codes(_ count: Int) throws -> [UInt16] {
        let part = try take((count * 3 + 1) / 2)
        var codes: [UInt16] = []
        codes.reserveCapacity(count)
        var index = part.startIndex
        while codes.count < count {
            let middle = UInt16(part[index + 1])
            codes.append(UInt16(part[index]) | (middle & 0xF) << 8)
            if codes.count < count {
                codes.append(middle >> 4 | UInt16(part[index + 2]) << 4)
            } else if middle > 0xF {
                throw Self.damage("bits are set behind the levels")
            }
            index += 3
        }
        return codes
    }

    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard position < bytes.count else { throw Self.damage("a number is cut off") }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Self.damage("a number has more than 35 bits")
    }

    static func damage(_ what: String) -> RowFault {
        RowFault("stored levels are damaged: \(what)")
    }

    private var tooFew: RowFault { Self.damage("\(bytes.count) bytes are too few") }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard remaining >= count else { throw tooFew }
        defer { position += count }
        return bytes[position..<(position + count)]
    }
}

/// The error for levels that no meter gives.
func unacceptable(_ what: String) -> DatabaseError {
    DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "levels are not acceptable: \(what)")
}
