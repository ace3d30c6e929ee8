import Foundation
import TestSupport
import Testing

@testable import MonitorConfig

/// Where the database is if nobody says so.
@Suite struct DataDirectoryTests {
    private static let service = "/var/lib/earwitness"

    private func path(
        user: uid_t = 1_000, _ environment: [String: String], mayUseService: Bool = false
    ) -> String {
        DataDirectory(userID: user, environment: environment, mayUseService: mayUseService).path
    }

    @Test func aUserHasOneOfTheirOwn() {
        #expect(path(["HOME": "/srv/ada"]) == "/srv/ada/.local/share/earwitness")
        let both = ["HOME": "/srv/ada", "XDG_DATA_HOME": "/mnt/ada"]
        #expect(path(both) == "/mnt/ada/earwitness")
        for ignored in ["", "data", "./data"] {
            #expect(
                path(["HOME": "/srv/ada", "XDG_DATA_HOME": ignored])
                    == "/srv/ada/.local/share/earwitness")
        }
        let directory = DataDirectory(
            userID: 1_000, environment: ["HOME": "/srv/ada"], mayUseService: false)
        #expect(directory.database == "/srv/ada/.local/share/earwitness/events.db")
        #expect(directory.taught == "/srv/ada/.local/share/earwitness/taught")
    }

    @Test func theServiceHasItsOwn() {
        let home = ["HOME": "/srv/ada"]
        #expect(path(user: 0, home) == Self.service)
        #expect(path(home, mayUseService: true) == Self.service)
        for name in ["STATE_DIRECTORY", "NOTIFY_SOCKET"] {
            #expect(path(home.merging([name: "/run/x"]) { $1 }) == Self.service)
        }
        // Nobody knows where else.
        #expect(path([:]) == Self.service)
    }

    @Test func itIsMadeForItsDatabaseAlone() throws {
        let home = try TemporaryDirectory()
        let directory = DataDirectory(
            userID: 1_000, environment: ["XDG_DATA_HOME": home.path("data")], mayUseService: false)
        directory.prepare(for: home.path("other.db"))
        #expect(try home.contents() == [])
        directory.prepare(for: directory.database)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }
}
