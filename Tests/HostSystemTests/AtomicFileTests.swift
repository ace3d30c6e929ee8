import Foundation
import Glibc
import HostSystem
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func aNewFileHasTheBytesAndNothingElseIsLeft() throws {
        try AtomicFile.replace(directory.path("report"), with: Array("new".utf8))
        #expect(try directory.text("report") == "new")
        #expect(try directory.contents() == ["report"])
    }

    @Test func aShorterFileReplacesALongerOneAndKeepsItsPermissions() throws {
        let path = directory.path("report")
        try "a long text".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(chmod(path, 0o640) == 0)
        try AtomicFile.replace(path, with: [UInt8(ascii: "x")])
        #expect(try directory.text("report") == "x")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o640)
    }

    @Test func theFileOfALinkIsReplacedAndTheLinkStays() throws {
        try "old".write(
            toFile: directory.path("target"), atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("link"), withDestinationPath: "target")
        try AtomicFile.replace(directory.path("link"), with: Array("new".utf8))
        #expect(try directory.text("target") == "new")
        let link = try FileManager.default.destinationOfSymbolicLink(
            atPath: directory.path("link"))
        #expect(link == "target")
    }

    /// A reader that opens the path at any moment sees one of the two contents, whole.
    @Test func nobodySeesAPart() async throws {
        let path = directory.path("report")
        let contents = [UInt8(ascii: "a"), UInt8(ascii: "b")].map {
            [UInt8](repeating: $0, count: 200_000)
        }
        try AtomicFile.replace(path, with: contents[0])
        let writer = Task {
            for round in 1...100 { try AtomicFile.replace(path, with: contents[round % 2]) }
        }
        for _ in 0..<300 {
            let seen = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(contents.contains(seen), "\(seen.count) bytes")
        }
        try await writer.value
    }

    @Test func aFailureSaysWhyAndLeavesNothing() throws {
        let path = directory.path("missing/report")
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.replace(path, with: [1])
        }
        #expect(error?.number == ENOENT)
        try "file".write(toFile: directory.path("file"), atomically: false, encoding: .utf8)
        let below = #expect(throws: SystemError.self) {
            try AtomicFile.replace(directory.path("file/report"), with: [1])
        }
        #expect(below?.number == ENOTDIR)
        #expect(try directory.contents() == ["file"])
    }

    /// The file system of /proc cannot do it; a directory that is not there is a fault.
    @Test func aNameIsOnTheDiskWhereTheFileSystemCanDoIt() throws {
        try AtomicFile.replace(directory.path("report"), with: [1])
        try AtomicFile.synchronize(directoryOf: directory.path("report"))
        try AtomicFile.synchronize(directoryOf: "/proc/self/status")
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.synchronize(directoryOf: directory.path("missing/report"))
        }
        #expect(error?.number == ENOENT)
    }

    /// What does not fit leaves the old content and no draft.
    @Test func aWriteThatFailsLeavesTheOldFile() throws {
        let path = directory.path("report")
        try AtomicFile.replace(path, with: Array("old".utf8))
        let draft = "\(path).\(getpid()).new"
        // A directory of the draft's name cannot be opened for writing.
        try FileManager.default.createDirectory(
            atPath: draft, withIntermediateDirectories: false)
        #expect(throws: SystemError.self) {
            try AtomicFile.replace(path, with: Array("new".utf8))
        }
        #expect(try directory.text("report") == "old")
    }
}
