import Foundation
import TestSupport

/// The demo scene, and what is to be heard in it: demo/scene.flac and demo/scene.csv.
enum Scene {
    struct Sound: Sendable {
        let label: String
        /// Seconds from the start of the scene.
        let onset: Double
        let offset: Double

        func overlaps(_ start: Double, _ end: Double) -> Bool { start < offset && end > onset }
    }

    static let path = directory.appending(path: "scene.flac").path
    static let rate = 32_000
    static let lengthSeconds = 60.0

    /// The samples from one second to another.
    static func part(_ start: Double, _ end: Double) throws -> [Int16] {
        let samples = try recording.get().samples
        return Array(samples[Int(start * Double(rate))..<Int(end * Double(rate))])
    }

    /// A siren from 0.5 s to 9.9 s in 10 s.
    static func siren() throws -> [Int16] { try part(47, 57) }

    /// Digital silence.
    static func silence(seconds: Double) -> [Int16] {
        Array(repeating: 0, count: Int(seconds * Double(rate)))
    }

    /// A bird from 0.3 s to 2 s, then the siren from 4 s to 13.4 s, in 13.5 s.
    static func birdAndSiren() throws -> [Int16] { try part(6.5, 10) + siren() }

    static func truth() throws -> [Sound] {
        let text = try String(
            contentsOfFile: directory.appending(path: "scene.csv").path, encoding: .utf8)
        return try text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: ",")
            guard fields.count == 3, let onset = Double(fields[1]), let offset = Double(fields[2])
            else { throw TestSupportError("no sound: \(line)") }
            return Sound(label: String(fields[0]), onset: onset, offset: offset)
        }
    }

    private static let recording = Result { try SoundFileReader(path) }

    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "demo")
}

/// Raw S16_LE, which is how every supported machine keeps such samples.
func bytes(of samples: [Int16]) -> [UInt8] {
    samples.withUnsafeBytes { Array($0) }
}
