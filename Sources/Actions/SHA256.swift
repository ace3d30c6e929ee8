/// SHA-256: FIPS 180-4, section 6.2; and the code of RFC 2104 with it, by which whoever knows the
/// key can tell that a message is genuine and unchanged.
enum SHA256 {
    private static let blockBytes = 64

    /// HMAC-SHA-256 of a message, 32 bytes.
    static func authenticationCode(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        // key: [blockBytes]
        let short = key.count > blockBytes ? digest(of: key) : key
        let key = short + [UInt8](repeating: 0, count: blockBytes - short.count)
        let inner = digest(of: key.map { $0 ^ 0x36 } + message)
        return digest(of: key.map { $0 ^ 0x5C } + inner)
    }

    /// The digest of a message, 32 bytes.
    static func digest(of message: [UInt8]) -> [UInt8] {
        var hash = initialHash
        for start in stride(from: 0, to: message.count / blockBytes * blockBytes, by: blockBytes) {
            compress(&hash, message[start..<start + blockBytes])
        }
        let rest = padded(message)
        for start in stride(from: 0, to: rest.count, by: blockBytes) {
            compress(&hash, rest[start..<start + blockBytes])
        }
        return hash.flatMap(bytes)
    }

    /// The incomplete block at the end of the message, with its padding (section 5.1.1).
    private static func padded(_ message: [UInt8]) -> [UInt8] {
        var rest = Array(message.suffix(message.count % blockBytes)) + [0x80]
        let zeros = (2 * blockBytes - 8 - rest.count) % blockBytes
        rest += [UInt8](repeating: 0, count: zeros)
        return rest + bytes(UInt64(message.count) * 8)
    }

    private static func bytes<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
        stride(from: Word.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: word >> $0)
        }
    }

    private static func compress(_ hash: inout [UInt32], _ block: ArraySlice<UInt8>) {
        // schedule: [64]
        var schedule = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (near, far) = (schedule[index - 2], schedule[index - 15])
            let nearSum = rotated(near, 17) ^ rotated(near, 19) ^ near >> 10
            let farSum = rotated(far, 7) ^ rotated(far, 18) ^ far >> 3
            schedule.append(nearSum &+ schedule[index - 7] &+ farSum &+ schedule[index - 16])
        }
        // words: a to h of the standard
        var words = hash
        for (constant, scheduled) in zip(constants, schedule) {
            let (a, e) = (words[0], words[4])
            let choice = e & words[5] ^ ~e & words[6]
            let majority = a & words[1] ^ a & words[2] ^ words[1] & words[2]
            let first =
                words[7] &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice
                &+ constant &+ scheduled
            let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
            words = [
                first &+ second, a, words[1], words[2], words[3] &+ first, e, words[5], words[6],
            ]
        }
        for index in hash.indices { hash[index] &+= words[index] }
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    /// Section 5.3.3.
    private static let initialHash: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
        0x5BE0_CD19,
    ]

    /// Section 4.2.2.
    private static let constants: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4,
        0xAB1C_5ED5, 0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE,
        0x9BDC_06A7, 0xC19B_F174, 0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F,
        0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA, 0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7,
        0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967, 0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC,
        0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85, 0xA2BF_E8A1, 0xA81A_664B,
        0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070, 0x19A4_C116,
        0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7,
        0xC671_78F2,
    ]
}
