import Foundation
import TestSupport
import Testing

@testable import HostSystem

@Suite struct SystemCallsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    private func make(_ name: String, mode: Int) throws -> String {
        let path = directory.path(name)
        try Data().write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test func othersLoseTheirRights() throws {
        let path = try make("events.db", mode: 0o644)
        try closeToOthers(path)
        #expect(try mode(path) == 0o640)
        try closeToOthers(directory.path("nothing"))
    }

    /// Neither what a link leads to nor a folder for everybody is the caller's to close.
    @Test func aLinkAndAFolderForEverybodyStayAsTheyAre() throws {
        let path = try make("passwd", mode: 0o644)
        let link = directory.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        try closeToOthers(link)
        #expect(try mode(path) == 0o644)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o1777], ofItemAtPath: directory.url.path)
        try closeToOthers(directory.url.path)
        #expect(try mode(directory.url.path) & 0o777 == 0o777)
    }
}
