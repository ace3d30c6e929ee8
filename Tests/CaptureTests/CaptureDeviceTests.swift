import Foundation
import SourceTypes
import TestSupport
import Testing

@testable import Capture

/// What is listed of the devices that there are.
@Suite(.serialized) struct CaptureDeviceTests {
    /// 0.1 s of a square wave on the left; on the right, nothing.
    private static func square(_ value: Int16) -> [UInt8] {
        (0..<4_800).flatMap { index -> [UInt8] in
            let sample = UInt16(bitPattern: index / 24 % 2 == 0 ? value : -value)
            return [UInt8(truncatingIfNeeded: sample), UInt8(sample >> 8), 0, 0]
        }
    }

    private static func devices(_ cards: TestSoundCards) throws -> [CaptureDevice] {
        try CaptureDevice.all(folder: SoundDeviceFolder(path: cards.folder)).filter(\.isOfCard)
    }

    @Test func theNameThatStaysIsNamed() throws {
        let cards = try TestSoundCards()
        let path = "by-path/pci-0000:00:14.0-usb-0:2:1.0"
        let (byID, byPort, builtIn) = (
            try cards.plugIn(Self.square(1), names: ["by-id/usb-A-00", path]),
            try cards.plugIn(Self.square(1), names: ["by-path/pci-0000:00:14.0-usb-0:3:1.0"]),
            try cards.plugIn(Self.square(1), names: ["by-path/pci-0000:00:1f.3"])
        )
        let devices = try Self.devices(cards)
        #expect(
            devices.map(\.source.description) == [
                "alsa:by-id/usb-A-00", "alsa:by-path/pci-0000:00:14.0-usb-0:3:1.0",
                "alsa:hw:CARD=Card\(builtIn),DEV=0",
            ])
        #expect(devices.map(\.pcmName) == [byID, byPort, builtIn].map { "hw:\($0),0" })
        #expect(devices.first?.title == "Test microphone \(byID)")
    }

    @Test func whatADeviceOffersIsTold() throws {
        let cards = try TestSoundCards()
        let card = try cards.plugIn(Self.square(1), names: ["by-id/usb-A-00"])
        let device = try #require(try Self.devices(cards).first)
        #expect(
            try device.abilities()
                == DeviceAbilities(
                    formats: [.signed16], rates: [48_000], leastChannels: 2, mostChannels: 2))
        for (fault, code) in [(TestMicrophone.Condition.busy, EBUSY), (.denied, EACCES)] {
            try cards.set(fault, card: card)
            let error = #expect(throws: CaptureError.self) { try device.abilities() }
            #expect(error?.code == -code)
        }
    }

    /// A square wave of half the full scale has a power of a quarter.
    @Test func eachChannelIsMeasured() throws {
        let cards = try TestSoundCards()
        try cards.plugIn(Self.square(16_384), names: ["by-id/usb-A-00"])
        let device = try #require(try Self.devices(cards).first)
        let channels = try device.measure(device.abilities(), seconds: 0.3)
        #expect(
            channels == [
                ChannelMeasurement(power: 0.25, peak: 0.5, isChanging: true),
                ChannelMeasurement(power: 0, peak: 0, isChanging: false),
            ])
    }

    @Test func aDeviceWithoutSoundIsNotWaitedForForever() throws {
        let cards = try TestSoundCards()
        let card = try cards.plugIn(Self.square(1), names: ["by-id/usb-A-00"])
        let device = try #require(try Self.devices(cards).first)
        let abilities = try device.abilities()
        try cards.set(.stalled, card: card)
        let error = #expect(throws: CaptureError.self) {
            try device.measure(abilities, seconds: 0.1)
        }
        #expect(error?.message.hasPrefix("the device delivers no sound") == true)
    }
}
