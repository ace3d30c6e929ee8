import Foundation
import TestSupport
import Testing

/// `monitorctl devices`, run on sound cards without hardware.
@Suite struct DevicesCommandTests {
    private let monitorctl: BuiltProduct
    private let cards: TestSoundCards

    init() throws {
        monitorctl = try BuiltProduct("monitorctl")
        cards = try TestSoundCards()
    }

    private func devices(_ arguments: [String] = []) async throws -> RunningProcess.Output {
        try await monitorctl.start(["devices"] + arguments, environment: cards.environment)
            .wait(within: .hang)
    }

    /// A square wave of a tenth of the full scale on the right.
    static func frames() -> [UInt8] {
        (0..<4_800).flatMap { index -> [UInt8] in
            let sample = UInt16(bitPattern: Int16(index / 24 % 2 == 0 ? 3_277 : -3_277))
            return [0, 0, UInt8(truncatingIfNeeded: sample), UInt8(sample >> 8)]
        }
    }

    @Test func microphonesAreListedWithTheirLevels() async throws {
        let card = try cards.plugIn(Self.frames(), names: ["by-id/usb-Blue_Snowball-00"])
        let output = try await devices()
        #expect(output.status == 0, "\(output)")
        #expect(
            output.standardOutput == """
                alsa:by-id/usb-Blue_Snowball-00
                  device     Test microphone \(card) (hw:\(card),0)
                  offers     2 channels; 48000 Hz; S16_LE
                  channel 1  digital silence
                  channel 2  -20.0  dB re full scale  [#######################-------]

                """)
        let json = try await devices(["--format", "json", "--no-levels"]).standardOutput
        #expect(json.contains("\"source\":\"alsa:by-id/usb-Blue_Snowball-00\""))
        #expect(json.contains("\"levels\":[]"))
    }

    @Test func aDeviceInUseIsNoFault() async throws {
        let card = try cards.plugIn(Self.frames(), names: ["by-id/usb-Blue_Snowball-00"])
        try cards.set(.busy, card: card)
        let output = try await devices()
        #expect(output.status == 0, "\(output)")
        #expect(output.standardOutput.contains("  in use     by another program"))
    }

    @Test func whoMayNotOpenThemIsToldTheNextStep() async throws {
        let card = try cards.plugIn(Self.frames(), names: [])
        try cards.set(.denied, card: card)
        let output = try await devices()
        #expect(output.status == 69, "\(output)")
        #expect(output.standardOutput.contains("  fault      cannot open the device: Permission"))
        #expect(output.standardError.contains("sudo adduser $USER audio"))
    }

    @Test func whoHasNoneIsToldTheNextStep() async throws {
        let output = try await devices(["--format", "json"])
        #expect(output.status == 69)
        #expect(output.standardOutput == "[]\n")
        #expect(output.standardError.contains("none of the sound cards can capture"))
        #expect(output.standardError.contains("cat /proc/asound/cards"))
    }
}
