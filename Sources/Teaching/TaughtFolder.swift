internal import Foundation
internal import HostSystem
public import ModelFormat
internal import Timekeeping

/// The folder of the taught sounds: `LABEL.taught` for each, and the clips and marked events it was
/// taught with in `clips/LABEL`, for the day when another model needs another head. All of it is
/// for its owner and its group only.
public struct TaughtFolder: Sendable {
    /// The most sounds that are looked for at once.
    static let maximumSounds = 64
    private static let fileExtension = "taught"
    private static let markedSuffix = ".frames"
    private static let oldSuffix = ".old"

    public let path: String

    /// The folder need not exist.
    public init(path: String) {
        self.path = path
    }

    /// What a folder holds, by label.
    public struct Content: Sendable {
        public var sounds: [TaughtSound] = []
        /// What cannot be read.
        public var faults: [TeachingError] = []
        /// Every label, including those of files that cannot be read.
        public var labels: [String] = []
    }

    /// Everything in the folder; nothing if there is no folder.
    ///
    /// - Throws: `unreadable` for the folder itself
    public func content() throws(TeachingError) -> Content {
        var content = Content()
        content.labels = try labels()
        for label in content.labels {
            do throws(TeachingError) {
                content.sounds.append(try sound(label))
            } catch {
                content.faults.append(error)
            }
        }
        return content
    }

    /// The sounds a model can look for, and why others are skipped.
    public struct Selection: Sendable {
        public var sounds: [TaughtSound] = []
        public var warnings: [String] = []
        /// Every label of the folder: what a configuration may name.
        public var labels: [String] = []
    }

    /// What a model can use from the folder. No fault in it is a reason not to listen.
    public func selection(for model: Model) -> Selection {
        var selection = Selection()
        do throws(TeachingError) {
            let content = try content()
            selection.labels = content.labels
            selection.warnings = content.faults.map { "\($0); it is passed over" }
            for sound in content.sounds {
                if model.labels.contains(sound.label) {
                    selection.warnings.append(
                        "the taught sound \(sound.label) is passed over: the model has a label of "
                            + "this name; run: monitorctl forget \(sound.label)")
                } else if !sound.fits(model) {
                    selection.warnings.append(
                        "the taught sound \(sound.label) is passed over: it was taught with "
                            + "another model; run: monitorctl teach --refit")
                } else if selection.sounds.count == Self.maximumSounds {
                    selection.warnings.append(
                        "the taught sound \(sound.label) is passed over: "
                            + "\(Self.maximumSounds) sounds are the most")
                } else {
                    selection.sounds.append(sound)
                }
            }
        } catch {
            selection.warnings.append("\(error); no taught sound is looked for")
        }
        return selection
    }

    /// One sound.
    ///
    /// - Throws: `unknownSound` if it was never taught, or what is wrong with its file
    func sound(_ label: String) throws(TeachingError) -> TaughtSound {
        let name = file(label)
        let bytes = try TaughtSound.frame.bytes(
            ofFile: name, limit: TaughtSound.maximumBytes, kind: TaughtSound.kind)
        let sound = try TaughtSound(bytes: bytes, name: name)
        guard sound.label == label else {
            throw .damaged(name: name, detail: "it holds the sound \"\(sound.label)\"")
        }
        return sound
    }

    /// Stores a sound, replacing any with its label. Nobody sees it half written.
    public func store(_ sound: TaughtSound) throws(TeachingError) {
        try createFolder(path)
        try closeToOthers(path)
        let name = file(sound.label)
        try replace(name, with: sound.bytes)
    }

    /// The folder of the clips of a label.
    public func clipFolder(_ label: String) -> String { "\(path)/clips/\(label)" }

    /// The clips of a label, by name; none when there are none.
    public func clips(_ label: String) throws(TeachingError) -> [String] {
        try restore(clipFolder(label))
        return try names(in: clipFolder(label)).filter { $0.hasSuffix(".flac") }.sorted()
            .map { clipFolder(label) + "/" + $0 }
    }

    /// The marked events of a label that were kept, by onset; none when there are none.
    public func marked(_ label: String) throws(TeachingError) -> [MarkedSound] {
        try restore(clipFolder(label))
        var sounds: [MarkedSound] = []
        for name in try names(in: clipFolder(label)) where name.hasSuffix(Self.markedSuffix) {
            let path = clipFolder(label) + "/" + name
            let bytes = try MarkedSound.frame.bytes(
                ofFile: path, limit: MarkedSound.maximumBytes, kind: MarkedSound.kind)
            sounds.append(try MarkedSound(file: bytes, name: path))
        }
        return sounds.sorted { $0.onset < $1.onset }
    }

    /// Replaces the clips and marked events of a label.
    ///
    /// - Parameter write: writes the clip of this index to this path
    public func storeClips(
        _ count: Int, marked: [MarkedSound] = [], of label: String,
        write: (Int, String) throws -> Void
    ) throws {
        let target = clipFolder(label)
        let new = target + ".new"
        try restore(target)
        try remove(new)
        try createFolder(new)
        for index in 0..<count {
            let number = String(index + 1)
            let digits = String(repeating: "0", count: max(0, 3 - number.count)) + number
            let name = "\(new)/\(digits).flac"
            try write(index, name)
            try closeToOthers(name)
            try synchronize(name)
        }
        for sound in marked {
            let name = "event-\(sound.event)-\(sound.onset.microseconds)"
            try replace("\(new)/\(name)\(Self.markedSuffix)", with: sound.file)
        }
        try synchronize(new)
        try replaceFolder(target, with: new)
    }

    /// Removes a sound, its clips and marked events.
    ///
    /// - Throws: `unknownSound` if there is none
    public func forget(_ label: String) throws(TeachingError) {
        let known = try labels()
        guard known.contains(label) else { throw .unknownSound(label, known: known) }
        try remove(file(label))
        try remove(clipFolder(label))
        try remove(clipFolder(label) + Self.oldSuffix)
    }

    private func file(_ label: String) -> String { "\(path)/\(label).\(Self.fileExtension)" }

    private func labels() throws(TeachingError) -> [String] {
        try names(in: path).compactMap { name in
            guard name.hasSuffix("." + Self.fileExtension) else { return nil }
            let label = String(name.dropLast(Self.fileExtension.count + 1))
            return TaughtSound.isName(label) ? label : nil
        }.sorted()
    }
}

// MARK: - Files

extension TaughtFolder {
    private func names(in folder: String) throws(TeachingError) -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .unreadable(path: folder, reason: Self.reason(error))
        }
    }

    private func createFolder(_ folder: String) throws(TeachingError) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            throw .unwritable(path: folder, reason: Self.reason(error))
        }
    }

    private func closeToOthers(_ path: String) throws(TeachingError) {
        do {
            try HostSystem.closeToOthers(path)
        } catch {
            throw .unwritable(path: path, reason: error.message)
        }
    }

    private func remove(_ path: String) throws(TeachingError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .unwritable(path: path, reason: Self.reason(error))
        }
    }

    /// Writes a new file next to it, waits until that is on disk, and renames it.
    private func replace(_ file: String, with bytes: [UInt8]) throws(TeachingError) {
        do {
            try AtomicFile.replace(file, with: bytes, isPrivate: true)
        } catch {
            throw .unwritable(path: file, reason: error.message)
        }
    }

    /// Replaces one folder, which need not exist, with another. Whatever happens, one of them is
    /// left: the old one is kept as `.old`, for `restore`.
    private func replaceFolder(_ target: String, with new: String) throws(TeachingError) {
        let old = target + Self.oldSuffix
        if FileManager.default.fileExists(atPath: target) {
            try remove(old)
            try rename(target, to: old)
        }
        try rename(new, to: target)
        try remove(old)
    }

    /// Puts back what an interrupted `replaceFolder` had moved away.
    private func restore(_ target: String) throws(TeachingError) {
        let old = target + Self.oldSuffix
        guard !FileManager.default.fileExists(atPath: target),
            FileManager.default.fileExists(atPath: old)
        else { return }
        try rename(old, to: target)
    }

    private func synchronize(_ path: String) throws(TeachingError) {
        do {
            try AtomicFile.synchronize(path)
        } catch {
            throw .unwritable(path: path, reason: error.message)
        }
    }

    private func rename(_ old: String, to new: String) throws(TeachingError) {
        do {
            try renameFile(old, new)
        } catch {
            throw .unwritable(path: new, reason: error.message)
        }
    }

    private static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        if let cause = cocoa.userInfo[NSUnderlyingErrorKey] as? POSIXError {
            return systemMessage(cause.code.rawValue)
        }
        return cocoa.localizedFailureReason ?? error.localizedDescription
    }
}
