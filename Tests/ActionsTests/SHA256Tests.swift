import Foundation
import TestSupport
import Testing

@testable import Actions

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples (NIST, "SHA256.pdf" and the long message of FIPS 180-2, B.3).
    @Test func digests() {
        let vectors = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
        for (message, digest) in vectors {
            #expect(hex(SHA256.digest(of: Array(message.utf8))) == digest)
        }
    }

    /// RFC 4231, sections 4.2 to 4.8, without the truncated one.
    @Test func authenticationCodes() {
        let long = "Test Using Larger Than Block-Size Key - Hash Key First"
        let longer =
            "This is a test using a larger than block-size key and a larger than block-size data. "
            + "The key needs to be hashed before being used by the HMAC algorithm."
        let vectors: [(key: [UInt8], message: [UInt8], code: String)] = [
            (
                bytes(0x0B, 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                bytes(0xAA, 20), bytes(0xDD, 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                Array(1...25), bytes(0xCD, 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                bytes(0xAA, 131), Array(long.utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            (
                bytes(0xAA, 131), Array(longer.utf8),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            ),
        ]
        for (key, message, code) in vectors {
            #expect(hex(SHA256.authenticationCode(of: message, key: key)) == code)
        }
    }

    /// Every length around a block and its padding, against Python's.
    @Test func everyLength() throws {
        let script = """
            import hashlib
            for n in range(200): print(hashlib.sha256(bytes(i * 7 % 256 for i in range(n))).hexdigest())
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let digests = text.split(separator: "\n")
        try #require(digests.count == 200)
        for (length, digest) in digests.enumerated() {
            let message = (0..<length).map { UInt8($0 * 7 % 256) }
            #expect(hex(SHA256.digest(of: message)) == digest)
        }
    }

    private func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] {
        [UInt8](repeating: byte, count: count)
    }
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
