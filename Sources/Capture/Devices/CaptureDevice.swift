internal import CALSA
internal import Glibc
public import SourceTypes
public import Timekeeping

/// A device that can capture: one of a sound card, or one that libasound's configuration defines.
public struct CaptureDevice: Sendable, Hashable {
    /// What to write into the configuration. It stays the same after a reboot.
    public var source: SourceSpecification
    /// What it is called by its maker or by the configuration; `nil` if that cannot be read.
    public var title: String?
    /// Its name for libasound at the moment.
    public var pcmName: String
    /// Whether it is that of a card, and not of the configuration.
    public var isOfCard: Bool
    /// Which program has it open, if that can be known.
    public var holder: DeviceHolder?

    public init(
        source: SourceSpecification, title: String?, pcmName: String, isOfCard: Bool,
        holder: DeviceHolder? = nil
    ) {
        (self.source, self.title) = (source, title)
        (self.pcmName, self.isOfCard, self.holder) = (pcmName, isOfCard, holder)
    }

    /// All that there are: those of the cards first.
    /// - Throws: `deviceUnavailable` if the files of the cards cannot be listed
    public static func all(
        folder: SoundDeviceFolder = .current
    ) throws(CaptureError) -> [CaptureDevice] {
        _ = ALSADevice.prepareLibrary
        let names = try folder.stableNames()
        let cards = try folder.captureDevices().map { device in
            ofCard(device, names: names.filter { $0.card == device.card })
        }
        return cards + ofConfiguration()
    }

    /// What its hardware offers.
    /// - Throws: `deviceUnavailable`, `deviceUnsuitable`
    public func abilities() throws(CaptureError) -> DeviceAbilities {
        try ALSADevice.abilities(ALSADevice.Request(name: pcmName, channel: 1, rate: nil))
    }

    /// Listens to its channels for a moment.
    ///
    /// - Parameters:
    ///   - atLeast: a channel that must be among them
    ///   - rate: `nil` takes the best rate the device has
    public func measure(
        _ abilities: DeviceAbilities, seconds: Double, atLeast channel: Int = 1,
        rate: SampleRate? = nil
    ) throws(CaptureError) -> [ChannelMeasurement] {
        // What is not a card's may make up any number of channels.
        let most = isOfCard ? 64 : max(2, abilities.leastChannels)
        let channels = max(channel, min(abilities.mostChannels, most))
        return try ChannelMeasurement.ofAllChannels(
            ALSADevice.Request(name: pcmName, channel: channels, rate: rate), seconds: seconds)
    }

    // MARK: Cards

    private static func ofCard(
        _ device: SoundDeviceFolder.KernelDevice, names: [SoundDeviceFolder.StableName]
    ) -> CaptureDevice {
        let pcmName = "hw:\(device.card),\(device.device)"
        let card = CardNames(card: device.card)
        return CaptureDevice(
            source: .alsa(stableName(device, names, card?.id) ?? pcmName), title: card?.name,
            pcmName: pcmName, isOfCard: true, holder: DeviceHolder(of: device))
    }

    /// Two equal microphones without a serial number have one link by their name; the one that does
    /// not have it is told by where it is plugged in. Other cards keep their own name.
    private static func stableName(
        _ device: SoundDeviceFolder.KernelDevice, _ names: [SoundDeviceFolder.StableName],
        _ cardID: String?
    ) -> String? {
        let suffix = device.device == 0 ? "" : ",\(device.device)"
        let byID = names.first { $0.name.hasPrefix("by-id/") }
        let byPort = names.first { $0.name.hasPrefix("by-path/") && $0.name.contains("usb") }
        if let name = (byID ?? byPort)?.name { return name + suffix }
        return cardID.map { "hw:CARD=\($0),DEV=\(device.device)" }
            ?? names.first.map { $0.name + suffix }
    }

    // MARK: The configuration of libasound

    /// What the library and its plugins define, but nobody listens to: silence, and converters that
    /// need to be told of what.
    private static let unwanted: Set<String> = [
        "null", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix", "oss",
        "usbstream",
    ]

    /// Devices that are not the many names of a card.
    private static func ofConfiguration() -> [CaptureDevice] {
        var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        // SAFETY: the library fills in a list that ends with null; it is freed below, once.
        guard unsafe snd_device_name_hint(-1, "pcm", &hints) == 0, let list = unsafe hints else {
            return []
        }
        defer { unsafe snd_device_name_free_hint(list) }
        var devices: [CaptureDevice] = []
        var index = 0
        // SAFETY: the list ends with null.
        while let hint = unsafe list[index] {
            index += 1
            guard let name = unsafe text(hint, "NAME"), !name.contains("CARD="),
                !unwanted.contains(name), unsafe text(hint, "IOID") != "Output"
            else { continue }
            let title = unsafe text(hint, "DESC")?.split(separator: "\n").joined(separator: ", ")
            devices.append(
                CaptureDevice(
                    source: .alsa(name), title: title, pcmName: name, isOfCard: false))
        }
        return devices
    }

    private static func text(_ hint: UnsafeMutableRawPointer, _ field: String) -> String? {
        // SAFETY: the hint is one of the list; the result is a C string that we own, freed here
        // after it was copied.
        guard let text = unsafe snd_device_name_get_hint(hint, field) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}

/// What a card is called.
private struct CardNames {
    /// Its short name, which programs use.
    let id: String
    let name: String

    /// `nil` if it cannot be asked, for want of permission or because it has just gone.
    init?(card: Int) {
        var control: OpaquePointer?
        // SAFETY: `control` is valid throughout the call; on success it is ours to close.
        guard unsafe snd_ctl_open(&control, "hw:\(card)", SND_CTL_NONBLOCK) == 0,
            let control = unsafe control
        else { return nil }
        defer { unsafe snd_ctl_close(control) }
        var info: OpaquePointer?
        // SAFETY: the library allocates the block, which is freed below.
        guard unsafe snd_ctl_card_info_malloc(&info) == 0, let info = unsafe info else {
            return nil
        }
        defer { unsafe snd_ctl_card_info_free(info) }
        guard unsafe snd_ctl_card_info(control, info) == 0 else { return nil }
        // SAFETY: the strings belong to the block, and are copied.
        id = unsafe String(cString: snd_ctl_card_info_get_id(info))
        name = unsafe String(cString: snd_ctl_card_info_get_name(info))
    }
}
