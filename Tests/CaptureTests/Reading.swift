import Capture
import SoundTypes
import Testing

/// What a source delivered, in order.
struct Heard {
    var samples: [Float] = []
    /// The index in `samples` before which each gap is.
    var gaps: [(index: Int, lost: Int64, cause: GapCause)] = []
    /// The capture time of the sample with this index, in nanoseconds.
    var times: [(index: Int, nanoseconds: Int64)] = []
    /// The sizes of the blocks of samples.
    var blocks: [Int] = []
    var idleReads = 0
    var ending: CaptureRead?

    /// Lost samples by cause.
    func lost(_ cause: GapCause) -> Int64 {
        gaps.filter { $0.cause == cause }.reduce(0) { $0 + $1.lost }
    }
}

/// Reads until the end, or until `enough` says so before a read.
func read(
    _ source: any CaptureSource, blockSize: Int = 4096, into heard: inout Heard,
    until enough: (Heard) -> Bool
) {
    var block = [Float](repeating: .nan, count: blockSize)
    while !enough(heard) {
        switch block.withUnsafeMutableBufferPointer({ source.read(into: $0) }) {
        case .samples(let count, let time):
            if let time { heard.times.append((heard.samples.count, time)) }
            heard.blocks.append(count)
            heard.samples += block[..<count]
        case .gap(let lost, let cause): heard.gaps.append((heard.samples.count, lost, cause))
        case .idle: heard.idleReads += 1
        case let ending:
            heard.ending = ending
            return
        }
    }
}

/// Reads a finite source to its end.
func readAll(_ source: any CaptureSource, blockSize: Int = 4096) -> Heard {
    var heard = Heard()
    read(source, blockSize: blockSize, into: &heard) { _ in false }
    return heard
}

/// Where two runs of samples first differ; `nil` if they are equal. Shorter than printing both
/// runs.
func difference(_ found: [Float], _ expected: [Float]) -> String? {
    for (index, (left, right)) in zip(found, expected).enumerated() where left != right {
        return "sample \(index) is \(left), not \(right)"
    }
    return found.count == expected.count ? nil : "\(found.count) samples, not \(expected.count)"
}
