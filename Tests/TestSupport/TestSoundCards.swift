internal import Foundation
internal import Synchronization

/// Sound cards without hardware: a folder like /dev/snd with udev's links, and test microphones of
/// 16 bits, two channels and 48 kHz behind the names `hw:<card>,0` of libasound.
public final class TestSoundCards: Sendable {
    /// No two tests have a card of the same number.
    private static let lastCard = Mutex(0)

    private let directory: TemporaryDirectory

    public init() throws {
        _ = try TestMicrophone.environment
        directory = try TemporaryDirectory()
        for folder in ["by-id", "by-path"] {
            try FileManager.default.createDirectory(
                at: directory.url.appending(path: folder), withIntermediateDirectories: false)
        }
    }

    /// In place of /dev/snd.
    public var folder: String { directory.url.path }

    /// What a process needs in its environment to find the cards.
    public var environment: [String: String] {
        get throws {
            try TestMicrophone.environment.merging(["EARWITNESS_SOUND_DEVICES": folder]) { $1 }
        }
    }

    /// Plugs a microphone in; the number of its card is a new one.
    ///
    /// - Parameters:
    ///   - frames: two channels of 16 bits
    ///   - names: `by-id/…` and `by-path/…`
    /// - Returns: the number of the card
    @discardableResult
    public func plugIn(_ frames: [UInt8], names: [String]) throws -> Int {
        let card = Self.lastCard.withLock { last in
            last += 1
            return last
        }
        let hardware = try TestMicrophone.hardware.appending(path: "\(card)-0")
        try FileManager.default.createDirectory(
            at: hardware, withIntermediateDirectories: false)
        try Data(frames).write(to: hardware.appending(path: "frames"))
        try set(.ok, card: card)
        for file in ["controlC\(card)", "pcmC\(card)D0c", "pcmC\(card)D0p"] {
            try Data().write(to: directory.url.appending(path: file))
        }
        for name in names {
            try FileManager.default.createSymbolicLink(
                atPath: directory.path(name), withDestinationPath: "../controlC\(card)")
        }
        return card
    }

    /// Unplugs it: whoever listens to it is told, and its files are gone.
    public func unplug(_ card: Int) throws {
        try set(.disconnected, card: card)
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let path = directory.path(file)
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            let isItsDevice = file.hasPrefix("pcmC\(card)D") || file == "controlC\(card)"
            if target == "../controlC\(card)" || isItsDevice {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    /// Gives a card a fault, or clears it.
    public func set(_ condition: TestMicrophone.Condition, card: Int) throws {
        let file = try TestMicrophone.hardware.appending(path: "\(card)-0/control")
        try Data(condition.word.utf8).write(to: file, options: .atomic)
    }
}
