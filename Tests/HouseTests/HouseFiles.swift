import Foundation

/// The text files of the package that git knows or would add.
enum HouseFiles {
    /// The root of the package, three folders above this file.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static let read = Result { try paths().compactMap(file) }

    static func all() throws -> [SourceFile] { try read.get() }

    static func file(named path: String) throws -> SourceFile {
        guard let file = try all().first(where: { $0.path == path }) else { throw Missing(path) }
        return file
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
        init(_ path: String) { description = "the package has no text file '\(path)'" }
    }

    struct GitError: Error, CustomStringConvertible {
        let description: String
    }

    /// A file that was not committed yet is held to the rules, too.
    private static func paths() throws -> [String] {
        let git = Process()
        let output = Pipe()
        git.executableURL = URL(filePath: "/usr/bin/env")
        // The checkout may belong to another user than the one who runs the tests.
        git.arguments = [
            "git", "-c", "safe.directory=*", "-C", root.path, "ls-files", "-z", "--cached",
            "--others", "--exclude-standard",
        ]
        git.standardOutput = output
        try git.run()
        let listed = try output.fileHandleForReading.readToEnd() ?? Data()
        git.waitUntilExit()
        guard git.terminationStatus == 0 else {
            throw GitError(description: "git cannot list the files of \(root.path)")
        }
        return listed.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// `nil` for links, files that were deleted, and what holds no text.
    private static func file(_ path: String) throws -> SourceFile? {
        let url = root.appending(path: path)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
        guard let text = String(bytes: try Data(contentsOf: url), encoding: .utf8) else {
            return nil
        }
        return text.utf8.contains(0) ? nil : SourceFile(path, text)
    }
}
