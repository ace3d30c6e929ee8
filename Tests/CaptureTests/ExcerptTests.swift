import Foundation
import HostSystem
import SoundTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

/// Unbroken stretches of sources.
@Suite struct ExcerptTests {
    private let directory: TemporaryDirectory
    private let samples = (0..<20_000).map { Float(Int16(truncatingIfNeeded: $0 * 7)) / 32_768 }

    init() throws {
        directory = try TemporaryDirectory()
        try SoundFileWriter.write(samples, to: directory.path("a.wav"), format: .wav16)
    }

    private func source() throws -> FileSource {
        try FileSource(path: directory.path("a.wav"), pace: .maximum)
    }

    @Test func itHasTheLengthAskedFor() throws {
        var counts: [Int] = []
        let excerpt = try Excerpt(of: source(), seconds: 0.25) { counts.append($0.count) }
        #expect(excerpt.samples == Array(samples.prefix(12_000)))
        #expect(excerpt.sampleRate == .hz48000)
        #expect(counts.last == 12_000 && counts == counts.sorted())
    }

    /// Less than a block, a block, and more of them.
    @Test(arguments: [1, 4_095, 4_096, 9_000, 19_990, 30_000])
    func whatIsSkippedIsNotThere(_ count: Int) throws {
        let excerpt = try Excerpt(of: source(), skipping: count, seconds: 0.1)
        #expect(excerpt.samples == Array(samples.dropFirst(count).prefix(4_800)))
    }

    @Test func aShortRecordingIsTakenAsItIs() throws {
        #expect(try Excerpt(of: source(), seconds: 10).samples == samples)
    }

    @Test func aRecordingThatEndsEarlyIsAFault() throws {
        let data = try Data(contentsOf: URL(filePath: directory.path("a.wav")))
        try data.prefix(20_000).write(to: URL(filePath: directory.path("a.wav")))
        #expect {
            try Excerpt(of: source(), seconds: 10)
        } throws: { ($0 as? CaptureError)?.kind == .truncated }
    }

    /// A device that loses samples does not yield an excerpt.
    @Test func lostSamplesAreAFault() throws {
        let source = InterruptedSource()
        #expect {
            try Excerpt(of: source, seconds: 1)
        } throws: { error in
            let error = error as? CaptureError
            return error?.kind == .interrupted && error?.exitStatus == .temporary
                && error?.message == "480 samples were lost (overrun); try again"
        }
        #expect(source.isClosed)
    }
}

/// 100 samples, then a gap.
private final class InterruptedSource: CaptureSource {
    let sampleRate = SampleRate.hz48000
    let isLive = true
    let health = CaptureHealth()
    private(set) var isClosed = false
    private var reads = 0

    func read(into buffer: UnsafeMutableBufferPointer<Float>) -> CaptureRead {
        reads += 1
        return reads == 1
            ? .samples(count: 100, timeNanoseconds: nil)
            : .gap(lostSamples: 480, cause: .overrun)
    }

    func describe(_ fault: CaptureFault) -> CaptureError {
        CaptureError(fault.kind, subject: "test", message: "")
    }

    func close() { isClosed = true }
}
