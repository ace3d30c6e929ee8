import Foundation
import SoundLevels
import TestSupport
import Testing

/// Correction files in every dialect, and what is refused.
@Suite struct MicrophoneResponseTests {
    private func read(_ text: String, name: String = "mic.txt") throws -> MicrophoneResponse {
        try MicrophoneResponse(bytes: Array(text.utf8), path: "dir/" + name)
    }

    /// The reason for a refusal; `nil` if the text is accepted.
    private func refusal(_ text: String) -> String? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func points(_ response: MicrophoneResponse) -> [[Double]] {
        response.points.map { [$0.hertz, $0.decibels] }
    }

    @Test func umik1() throws {
        let response = try read(
            "\"Sens Factor =-1.378dB, SERNO: 7001234\"\r\n"
                + "\"Auto-generated 90-degree calibration file\"\r\n"
                + "10.054\t-5.6591\r\n1000\t0.0000\r\n20016.816\t-4.2105\r\n")
        #expect(response.name == "mic.txt (serial number 7001234)")
        #expect(points(response) == [[10.054, -5.6591], [1_000, 0], [20_016.816, -4.2105]])
        #expect(response.indicativeFullScaleDecibels == 115 + 1.378)
    }

    /// The gain and the factor of each generation; see `MicrophoneSensitivity`.
    @Test(
        arguments: [
            ("\"Sens Factor =-.9099dB, AGain =18dB, SERNO: 7023456\"", 115.9099),
            ("Sens Factor =1.5dB, AGain =12dB, SERNO:7023456", 119.5),
            ("\"Sens Factor =-12.07dB, AGain =18dB, SERNO: 8108494\"", 94 + 12.07 + 3.0103),
            ("sens factor = +2.dB", 113),
            ("* Sensitivity: -26 dBFS", 94 + 26 + 3.0103),
            ("\"Sens Factor =-12.07dB, AGain =18dB\"", nil),
            ("*1000Hz\t-40.3", nil),
            ("Sensitivity -40 mV/Pa", nil),
            ("Sens Factor =-200dB", nil),
        ] as [(String, Double?)])
    func sensitivity(header: String, level: Double?) throws {
        let found = try read(header + "\n20 0\n20000 0\n").indicativeFullScaleDecibels
        if let level, let found {
            #expect(abs(found - level) < 1e-9)
        } else {
            #expect(found == level)
        }
    }

    @Test func dayton() throws {
        let response = try read("*1000Hz\t-40.3\r20.00\t-2.5\r1000.00\t0.0\r20000.00\t3.25\r")
        #expect(points(response) == [[20, -2.5], [1_000, 0], [20_000, 3.25]])
        #expect(response.name == "mic.txt")
    }

    @Test func omniMic() throws {
        let response = try read(
            "\"OmniMic calibration\"\n\"Freq dB Phase\"\n5.0 -8.00 0.0\n1000.0 0 0.0\n")
        #expect(points(response) == [[5, -8], [1_000, 0]])
    }

    @Test(arguments: [
        "\u{FEFF}* REW\n# a\n; b\n// c\n\"d\"\nFreq(Hz) SPL(dB) Phase\n\n20 1 5\n1000 0 7\n2e4 -1",
        "20,1\r\n1000,0\r\n20000,-1\r\n", "20.0, 1.0, 0\n1000.0, 0.0, 0\n20000.0, -1.0, 0\n",
        "  20   +1\n\t1000\t.0\n 20000 -1.\n", "20;1,0\n1000;0,0\n20000;-1,0\n",
        "20 ; 1.0 ;\n1000;0;90,5\n20000; -1", "20,0\t1,0\n1000,0\t0\t12,5\n20000\t-1,00\n",
        "20,1,5\n1000,0,0.5\n20000,-1,0\n", "20,\t1\n1000,\t0\n20000,\t-1\n",
        "20, 1, 5\n1000, 0, 0\n20000, -1, 0\n", "20\t1,0\t\n1000\t0,0\t\n20000\t-1,0\t\n",
    ])
    func otherDialects(text: String) throws {
        #expect(points(try read(text)) == [[20, 1], [1_000, 0], [20_000, -1]])
    }

    @Test func bytesThatAreNotUTF8() throws {
        let bytes = [0x2A, 0xB0, 0xFF, 0x0A] + Array("20 1\n1000 0\n".utf8)
        #expect(try points(MicrophoneResponse(bytes: bytes, path: "m")) == [[20, 1], [1_000, 0]])
    }

    @Test func itIsZeroAt1kHz() throws {
        let response = try read("100 -38.5\n10000 -36.5\n")
        #expect(abs(response.decibels(at: 1_000)) < 1e-12)
        #expect(abs(response.decibels(at: 100) + 1) < 1e-12)
    }

    /// numpy.interp(log(f), log([20, 100, 1000, 5000, 20000]), [-6, -1, 0, 2, -3])
    @Test(arguments: [
        (1.0, -6.0), (20, -6), (30, -4.740352), (63, -2.435394), (250, -0.60206),
        (1_000, 0), (2_222, 0.992157), (8_000, 0.30482), (20_000, -3), (96_000, -3),
    ])
    func interpolation(hertz: Double, decibels: Double) throws {
        let response = try read("20 -6\n100 -1\n1000 0\n5000 2\n20000 -3\n")
        #expect(abs(response.decibels(at: hertz) - decibels) < 1e-6)
    }

    @Test(arguments: [
        ("", "the microphone correction dir/mic.txt has 0 rows"),
        ("* nothing\n1000 0\n", "has 1 rows of frequency and decibels; accepted are 2 or more"),
        ("20 0\n20 1\n", "dir/mic.txt:2: '20 1': the frequencies must rise; the row before has"),
        ("# a\r\n30 0\r\n20 1\r\n", "dir/mic.txt:3: '20 1': the frequencies must rise"),
        ("20 0\n1000 nan\n", "dir/mic.txt:2: '1000 nan': 'nan' is not a number"),
        ("20 0\nnan 0\n", ":2: 'nan 0': 'nan' is not a number"),
        ("20 0\n-inf 0\n", ":2: '-inf 0': '-inf' is not a number"),
        ("20 40.1\n", ":1: '20 40.1': the response is 40.1 dB; accepted is -40 to 40"),
        ("20 -41\n", "the response is -41.0 dB"), ("0 1\n", "the frequency is 0.0 Hz"),
        ("-20 1\n", "the frequency is -20.0 Hz"), ("1e7 1\n", "the frequency is 10000000.0 Hz"),
        ("20 1e999\n", "'1e999' is not a number"), ("20 0x10\n", "'0x10' is not a number"),
        ("20\n", ":1: '20': a row needs a frequency in Hz and a response in dB"),
        ("1000Hz 0\n", "'1000Hz' is not a number"), ("20 abc\n", "'abc' is not a number"),
        ("20,5 -0,3\n", "these are accepted with ';' or tabs between the columns only"),
        ("20 0,5\n", "dir/mic.txt:1: '20 0,5': it is not clear which commas are decimal commas"),
        ("20,5,-0,3\n", "it is not clear"), ("20,-1,20\n100,6,75\n", ":1: '20,-1,20': it is not"),
        ("20,1\n100,6,75\n", ":2: '100,6,75': it is not clear"),
        ("20\t1,5,5\n", "it is not clear"), ("20 1\t0,5\n", "it is not clear"),
        ("1,000.00 0.5\n", "commas between thousands are not accepted; write 1000.00"),
        ("20 0\n1,000.00\t0.5\n", ":2: '1,000.00 0.5': commas between thousands"),
        ("1,000.00;0.5\n", "commas between thousands"), ("1,000.0,0.5\n", "between thousands"),
        ("\"20\",\"1\"\n\"1000\",\"0\"\n", ":1: '\"20\",\"1\"': numbers in quotation marks are"),
        ("# a\n\"20,5\";\"1\"\n", ":2: '\"20,5\";\"1\"': numbers in quotation marks"),
        ("2.000,5;1\n", "'2.000.5' is not a number"),
        ("20 \u{1B}[31m\n", "'20  [31m': ' [31m' is not a number"),
    ])
    func refused(text: String, message: String) {
        let found = refusal(text)
        #expect(found?.contains(message) == true, "\(found ?? "accepted")")
    }

    @Test(arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian])
    func aTextInUTF16IsNamed(_ encoding: String.Encoding) throws {
        let bytes = try #require("20 1\n1000 0\n20000 -1\n".data(using: encoding))
        let error = #expect(throws: MicrophoneFileError.self) {
            try MicrophoneResponse(bytes: [UInt8](bytes), path: "m.txt")
        }
        #expect(
            error?.description
                == "the microphone correction m.txt is a text in UTF-16; accepted is UTF-8")
    }

    @Test func tooLargeFiles() {
        let long = String(repeating: "9", count: 1 << 20) + "9"
        let rows = (1...100_001).map { "\($0) 0\n" }.joined()
        for text in [long, rows] {
            #expect(refusal(text)?.contains("is too large; accepted are 1 MiB and 100000") == true)
        }
    }

    @Test func filesThatCannotBeRead() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [directory.path("none"), directory.path(""), "/dev/zero", pipe] {
            #expect {
                try MicrophoneResponse(path: path)
            } throws: { error in
                guard case .unreadable = error as? MicrophoneFileError else { return false }
                return "\(error)".contains(path)
            }
        }
        let path = directory.path("umik.txt")
        try Data("20 1\n1000 0\n".utf8).write(to: URL(filePath: path))
        #expect(try MicrophoneResponse(path: path).name == "umik.txt")
    }

    /// Whatever a file contains, the answer is a response or a refusal.
    @Test func mutatedFiles() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let rows = stride(from: 10.0, to: 20_000, by: 700).map { "\($0)\t\(sin($0))" }
        let original = Array(
            ("\"Sens Factor =-1.378dB, AGain =18dB, SERNO: 7001234\"\r\n"
                + rows.joined(separator: "\r\n")).utf8)
        let alphabet = Array("0123456789.,;+-eE\t \r\n\"#*/naif\u{85}é".utf8)
        var accepted = 0
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let start = Int.random(in: 0..<bytes.count, using: &generator)
                let end = min(bytes.count, start + Int.random(in: 1...20, using: &generator))
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.removeSubrange(start..<end)
                case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
                case 2: bytes[start] = UInt8.random(in: 0...255, using: &generator)
                default: bytes[start] = alphabet.randomElement(using: &generator) ?? 0
                }
            }
            do throws(MicrophoneFileError) {
                let response = try MicrophoneResponse(bytes: bytes, path: "m")
                accepted += 1
                #expect(response.points.count >= 2, "seed \(seed)")
                for hertz in [0.0, 1, 1_000, 96_000] {
                    #expect(response.decibels(at: hertz).magnitude <= 80, "seed \(seed)")
                }
            } catch {
                #expect(!"\(error)".isEmpty)
            }
        }
        #expect(accepted > 0 && accepted < 3_000, "seed \(seed)")
    }
}
