import Foundation
import SoundTypes
import TestSupport
import Testing

@testable import Capture

/// Names that stay while the numbers of the cards change, through the real libasound and the real
/// links.
@Suite(.serialized) struct SoundDeviceFolderTests {
    private static let yard = "by-id/usb-Blue_Snowball_797_2018-00"
    private static let street = "by-path/pci-0000:00:14.0-usb-0:2:1.0"
    private static let impatient = ALSASource.Patience(stallSeconds: 0.4, retrySeconds: 0.1)

    /// Two channels of one value each.
    private static func frames(_ left: Int16, _ right: Int16 = 0) -> [UInt8] {
        (0..<4_800).flatMap { _ in bytes(left) + bytes(right) }
    }

    private static func bytes(_ value: Int16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }

    private static func source(_ name: String, _ cards: TestSoundCards) throws -> ALSASource {
        try ALSASource(
            ALSADevice.Request(
                name: name, channel: 1, rate: nil,
                folder: SoundDeviceFolder(path: cards.folder)),
            patience: impatient, slept: { 0 })
    }

    @Test func aNameLeadsToTheCardThatHasItNow() throws {
        let cards = try TestSoundCards()
        let first = try cards.plugIn(Self.frames(1_024), names: [Self.yard])
        let second = try cards.plugIn(Self.frames(2_048), names: [Self.street])
        let folder = SoundDeviceFolder(path: cards.folder)
        #expect(try folder.pcmName(of: Self.yard) == "hw:\(first),0")
        #expect(try folder.pcmName(of: Self.street + ",3") == "hw:\(second),3")
        #expect(try folder.pcmName(of: "hw:CARD=Mic") == "hw:CARD=Mic")
        #expect(
            try folder.captureDevices()
                == [
                    .init(card: first, device: 0), .init(card: second, device: 0),
                ])
        for (name, value) in [(Self.yard, 1_024), (Self.street, 2_048)] {
            var heard = Heard()
            read(try Self.source(name, cards), into: &heard) { $0.samples.count >= 480 }
            #expect(heard.samples.allSatisfy { $0 == Float(value) / 32_768 })
        }
    }

    /// One that is no folder: what is there is not known, which is not the same as none.
    @Test func aFolderThatCannotBeReadIsAFault() throws {
        let cards = try TestSoundCards()
        let file = cards.folder + "/by-id"
        try FileManager.default.removeItem(atPath: file)
        try Data().write(to: URL(fileURLWithPath: file))
        let folder = SoundDeviceFolder(path: cards.folder)
        #expect {
            _ = try folder.stableNames()
        } throws: { error in
            "\(error)".hasPrefix("\(file): cannot be read: ")
        }
    }

    /// Capture goes on with the card that has the name then, and the gap is as long as it was away.
    @Test func aMicrophoneThatIsBackUnderAnotherNumberIsHeard() throws {
        let cards = try TestSoundCards()
        let first = try cards.plugIn(Self.frames(1_024), names: [Self.yard])
        let source = try Self.source(Self.yard, cards)
        var heard = Heard()
        read(source, into: &heard) { $0.samples.count >= 4_800 }
        try cards.unplug(first)
        // Another one takes a number meanwhile.
        try cards.plugIn(Self.frames(512), names: [Self.street])
        read(source, into: &heard) { _ in source.health.failedReopens >= 2 }
        let failure = source.health.lastFailure
        #expect(failure?.subject == "alsa:" + Self.yard)
        #expect(failure?.message.contains("there are alsa:" + Self.street) == true)
        let before = heard.samples.count
        let second = try cards.plugIn(Self.frames(2_048), names: [Self.yard])
        #expect(second != first)
        read(source, into: &heard) { $0.samples.count >= before + 4_800 }
        #expect(heard.samples[before...].allSatisfy { $0 == 2_048 / 32_768 })
        #expect(heard.lost(.disconnected) > 0)
        #expect(source.health.reopens == 1)
    }

    @Test func aNameThatThereIsNotIsRefusedWithThoseThatThereAre() throws {
        let cards = try TestSoundCards()
        #expect(
            refusal(Self.yard, cards)
                == "alsa:\(Self.yard): no sound card of this name is plugged in; none at all has "
                + "one (`monitorctl devices` lists what there is)")
        try cards.plugIn(Self.frames(1), names: ["by-id/usb-Other-00", Self.street])
        #expect(
            refusal(Self.yard, cards)
                == "alsa:\(Self.yard): no sound card of this name is plugged in; there are "
                + "alsa:by-id/usb-Other-00, alsa:\(Self.street)")
        #expect(
            refusal("by-id/usb-Other-00,x", cards)
                == "alsa:by-id/usb-Other-00,x: \"x\" is not the number of a device of the card; "
                + "accepted: 0 to 255, without it 0")
        #expect(refusal("by-id/", cards)?.contains("no sound card of this name") == true)
        #expect(refusal("by-id/../by-path", cards)?.contains("no sound card") == true)
    }

    private func refusal(_ name: String, _ cards: TestSoundCards) -> String? {
        #expect(throws: CaptureError.self) { try Self.source(name, cards) }?.description
    }
}
