internal import Foundation
public import SoundLevels
internal import Timekeeping

/// A sound level meter under test.
public struct Instrument {
    public let rate: Int
    private var meter: LevelMeter
    private var position: Int64 = 0
    /// The frames of everything fed so far.
    public private(set) var frames: [LevelInterval] = []

    public init(rate: Int) throws {
        guard let sampleRate = SampleRate(hertz: rate) else { throw UnknownRate(hertz: rate) }
        self.rate = rate
        meter = try LevelMeter(sampleRate: sampleRate)
    }

    public mutating func feed(_ samples: [Float]) {
        var frames: [LevelInterval] = []
        meter.process(samples.span, captured: samples.span, position: position) {
            frames.append($0)
        }
        position += Int64(samples.count)
        self.frames += frames
    }

    /// Everything since the last reading; there must be something.
    public mutating func read() throws -> LevelMeter.Reading {
        guard let reading = meter.read() else { throw NothingFed() }
        return reading
    }

    /// The same, including what the filters still hold of the last samples.
    public mutating func finish() throws -> LevelMeter.Reading {
        guard let reading = meter.endStream() else { throw NothingFed() }
        return reading
    }
}

struct UnknownRate: Error {
    let hertz: Int
}

struct NothingFed: Error {}
