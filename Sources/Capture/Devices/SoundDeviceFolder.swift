internal import Foundation
internal import HostSystem

/// The folder with the device files of sound cards, and with the names that udev gives to a card
/// there: links that stay the same while the number of the card changes from boot to boot.
public struct SoundDeviceFolder: Sendable, Hashable {
    /// A link to a card.
    public struct StableName: Sendable, Hashable {
        /// `by-id/usb-…`: the card, wherever it is plugged in. `by-path/…`: whatever is plugged in
        /// there.
        public let name: String
        /// The number of the card at the moment.
        public let card: Int
    }

    /// The environment variable that names another folder.
    public static let variable = "EARWITNESS_SOUND_DEVICES"

    /// That of this process.
    public static let current = SoundDeviceFolder(
        path: ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
            ?? "/dev/snd")

    /// The folders of links that udev makes (its rules 60-persistent-alsa.rules).
    private static let linkFolders = ["by-id", "by-path"]

    public let path: String

    public init(path: String) {
        self.path = path
    }

    /// All stable names that there are now.
    ///
    /// - Throws: `deviceUnavailable` if that cannot be read
    func stableNames() throws(CaptureError) -> [StableName] {
        var names: [StableName] = []
        for folder in Self.linkFolders {
            for file in try fileNames(in: path + "/" + folder) {
                let name = folder + "/" + file
                if let card = try card(of: name) {
                    names.append(StableName(name: name, card: card))
                }
            }
        }
        return names
    }

    /// The name for libasound of a device at this moment: that of a stable name has the number of
    /// the card; any other is libasound's already.
    ///
    /// - Throws: `deviceUnavailable` if there is no such link
    func pcmName(of name: String) throws(CaptureError) -> String {
        guard Self.linkFolders.contains(where: { name.hasPrefix($0 + "/") }) else { return name }
        let (link, device) = try Self.split(name)
        guard let card = try card(of: link) else {
            throw CaptureError(
                .deviceUnavailable, code: -ENODEV, subject: "alsa:" + name,
                message: "no sound card of this name is plugged in; " + (try knownNames()))
        }
        return "hw:\(card),\(device)"
    }

    /// A name and the number of the device of that card, which follows a comma; udev puts none into
    /// a name.
    private static func split(
        _ name: String
    ) throws(CaptureError) -> (link: String, device: Int) {
        guard let comma = name.lastIndex(of: ",") else { return (name, 0) }
        let number = name[name.index(after: comma)...]
        guard let device = Int(number), (0...255).contains(device) else {
            throw CaptureError(
                .deviceUnavailable, subject: "alsa:" + name,
                message: "\"\(number)\" is not the number of a device of the card; accepted: 0 to "
                    + "255, without it 0")
        }
        return (String(name[..<comma]), device)
    }

    /// The number of the card that a link leads to: its target is `../controlC<number>`. `nil` if
    /// there is no such link.
    private func card(of link: String) throws(CaptureError) -> Int? {
        let file: Substring
        do throws(SystemError) {
            file = try linkTarget(path + "/" + link)?.split(separator: "/").last ?? ""
        } catch {
            throw unreadable(path + "/" + link, error.message)
        }
        return file.hasPrefix("controlC") ? Int(file.dropFirst("controlC".count)) : nil
    }

    private func knownNames() throws(CaptureError) -> String {
        let names = try stableNames().map { "alsa:" + $0.name }
        return names.isEmpty
            ? "none at all has one (`monitorctl devices` lists what there is)"
            : "there are " + names.joined(separator: ", ")
    }

    /// The capture devices of the kernel: files `pcmC<card>D<device>c`.
    ///
    /// - Throws: `deviceUnavailable` if the folder cannot be read
    func captureDevices() throws(CaptureError) -> [KernelDevice] {
        try fileNames(in: path).compactMap { file -> KernelDevice? in
            guard file.hasPrefix("pcmC"), file.hasSuffix("c") else { return nil }
            let numbers = file.dropFirst(4).dropLast().split(separator: "D").map { Int($0) }
            guard numbers.count == 2, let card = numbers[0], let device = numbers[1] else {
                return nil
            }
            return KernelDevice(card: card, device: device)
        }
        .sorted { ($0.card, $0.device) < ($1.card, $1.device) }
    }

    struct KernelDevice: Hashable {
        let card: Int
        let device: Int
    }

    /// In alphabetical order; none if there is no such folder.
    private func fileNames(in folder: String) throws(CaptureError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return []
        } catch {
            throw unreadable(folder, error.localizedDescription)
        }
    }

    private func unreadable(_ path: String, _ reason: String) -> CaptureError {
        CaptureError(.deviceUnavailable, subject: path, message: "cannot be read: \(reason)")
    }
}
