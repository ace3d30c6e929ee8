import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping

/// Faults of a microphone in random sequences, one after another and one during another. Whatever
/// happens, capture goes on, and each gap has the right cause and is as long as what is missing.
@Suite(.serialized) struct ALSAFaultSequenceTests {
    private enum Fault: CaseIterable {
        case overrun, suspended, disconnected, stalled, dropping

        var cause: GapCause {
            switch self {
            case .overrun, .dropping: .overrun
            case .suspended: .suspended
            case .disconnected: .disconnected
            case .stalled: .stalled
            }
        }

        /// How long it lasts, in milliseconds: a stall that is shorter than the patience, or a jump
        /// in the sound of less than a second, would be none.
        var milliseconds: ClosedRange<Int64> {
            switch self {
            case .overrun, .suspended, .disconnected: 500...1_200
            case .stalled: 2_300...2_800
            case .dropping: 1_200...1_500
            }
        }
    }

    /// Faults that follow each other without sound in between.
    private struct Chain {
        var faults: [Fault]
        let start: Int64
        var end: Int64
    }

    private static let faultsPerSequence = 8
    private static let period = 1 << 20
    private static let rate: Int64 = 48_000
    /// Within 50 ms.
    private static let tolerance = 2_400

    /// Three that stay the same, or those of EARWITNESS_FAULT_SEEDS="4 5 6". The tenth suspends the
    /// device for longer than it is waited for.
    private static let seeds: [UInt64] = {
        let asked = ProcessInfo.processInfo.environment["EARWITNESS_FAULT_SEEDS"]
        return asked?.split(separator: " ").compactMap { UInt64($0) } ?? [1, 2, 10]
    }()

    /// The Float of frame n is n / 2^23.
    private static let frames: [UInt8] = (0..<period).flatMap { frame in
        (0..<4).map { UInt8(truncatingIfNeeded: (frame << 8) >> (8 * $0)) }
    }

    @Test(arguments: seeds) func everyGapHasItsLengthAndItsCause(seed: UInt64) throws {
        let epoch = MonotonicClock.now()
        let microphone = try TestMicrophone(
            frames: Self.frames, formats: ["S32_LE"], epochNanoseconds: epoch)
        try microphone.set(.hurried)
        let source = try ALSASource(
            device: microphone.deviceName,
            patience: .init(stallSeconds: 2, retrySeconds: 0.2))
        var heard = Heard()
        var chance = SeededRandom(seed: seed)
        let chains = try Self.suffer(source, microphone, into: &heard, &chance)
        #expect(source.health.state == .running)
        #expect(heard.ending == nil)
        #expect(try Self.isOpen(microphone, times: 1), "the device is open once")
        source.close()
        #expect(try Self.isOpen(microphone, times: 0), "nothing stays open")
        Self.check(heard, chains, epoch: epoch)
    }

    /// Whether the device has that many handles. The list of a process's mappings is no snapshot:
    /// those of other tests come and go while it is read, so it is read again.
    private static func isOpen(_ microphone: TestMicrophone, times: Int) throws -> Bool {
        for _ in 0..<20 {
            if try microphone.openHandles() == times { return true }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return false
    }

    /// Lets the microphone have faults while it is read, and ends with sound.
    private static func suffer(
        _ source: ALSASource, _ microphone: TestMicrophone, into heard: inout Heard,
        _ chance: inout SeededRandom
    ) throws -> [Chain] {
        var chains: [Chain] = []
        var isClear = true
        for _ in 0..<faultsPerSequence {
            if isClear {
                hear(source, milliseconds: .random(in: 200...500, using: &chance), &heard)
            }
            let fault = try #require(Fault.allCases.randomElement(using: &chance))
            let start = MonotonicClock.now()
            try have(fault, source, microphone, into: &heard, &chance)
            if isClear { chains.append(Chain(faults: [], start: start, end: start)) }
            chains[chains.count - 1].faults.append(fault)
            isClear = Int.random(in: 0..<3, using: &chance) > 0
            if isClear { try recover(source, microphone, into: &heard) }
            chains[chains.count - 1].end = MonotonicClock.now()
        }
        try recover(source, microphone, into: &heard)
        chains[chains.count - 1].end = MonotonicClock.now()
        hear(source, milliseconds: 300, &heard)
        return chains
    }

    private static func have(
        _ fault: Fault, _ source: ALSASource, _ microphone: TestMicrophone,
        into heard: inout Heard, _ chance: inout SeededRandom
    ) throws {
        let length = Int64.random(in: fault.milliseconds, using: &chance)
        switch fault {
        case .overrun:
            MonotonicClock.sleep(for: .milliseconds(length))
            return
        case .suspended: try microphone.set(.suspended)
        case .disconnected: try microphone.set(.disconnected)
        case .stalled: try microphone.set(.stalled)
        case .dropping: try microphone.set(.dropping)
        }
        hear(source, milliseconds: length, &heard)
    }

    /// Clears the fault, and reads until there is sound again.
    private static func recover(
        _ source: ALSASource, _ microphone: TestMicrophone, into heard: inout Heard
    ) throws {
        try microphone.set(.hurried)
        let count = heard.samples.count
        read(source, into: &heard) { $0.samples.count > count + 2_400 }
    }

    private static func hear(_ source: ALSASource, milliseconds: Int64, _ heard: inout Heard) {
        let end = MonotonicClock.now() + milliseconds * 1_000_000
        read(source, into: &heard) { _ in MonotonicClock.now() >= end }
    }

    // MARK: What must hold

    private static func frame(_ sample: Float) -> Int { Int(sample * 0x1p23) }

    private static func check(_ heard: Heard, _ chains: [Chain], epoch: Int64) {
        let gaps = Dictionary(grouping: heard.gaps) { $0.index }
        var unexplained = chains
        var position = Int64(frame(heard.samples[0]))
        for index in heard.samples.indices.dropFirst() {
            let step = frame(heard.samples[index]) - frame(heard.samples[index - 1])
            let missing = (step + period) % period - 1
            let told = (gaps[index] ?? []).filter { $0.lost > 0 }
            position += Int64(missing) + 1
            if missing == 0 && told.isEmpty { continue }
            let length = told.reduce(0) { $0 + Int($1.lost) }
            #expect(abs(missing - length) <= tolerance, "\(missing) at \(index), told \(told)")
            let end = epoch + position * 1_000_000_000 / rate
            let start = end - Int64(missing) * 1_000_000_000 / rate
            checkCauses(told.map(\.cause), from: start, to: end, &unexplained)
        }
        #expect(unexplained.isEmpty, "no gap for \(unexplained.map(\.faults))")
    }

    /// The causes of a gap are those of the faults at the time, above all that of the first. Of
    /// what follows it the device may show nothing. A reader that was late on a busy machine can
    /// add an overrun; faults that together take longer than the patience are a stall, too.
    private static func checkCauses(
        _ causes: [GapCause], from start: Int64, to end: Int64, _ chains: inout [Chain]
    ) {
        let place = chains.firstIndex { $0.start < end && start < $0.end }
        let faults = place.map { chains.remove(at: $0).faults } ?? []
        let accepted = Set(faults.map(\.cause) + (faults.count > 1 ? [.stalled] : []))
        #expect(
            Set(causes).subtracting([.overrun]).isSubset(of: accepted),
            "\(causes) during \(faults)")
        guard let first = faults.first else { return }
        // Until the next read, nobody knows of a buffer that has overrun, or of dropped sound.
        if faults.count == 1 || first.cause != .overrun {
            #expect(causes.contains(first.cause), "\(causes) during \(faults)")
        }
    }
}
