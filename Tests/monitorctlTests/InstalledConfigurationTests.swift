import Foundation
import MonitorConfig
import TestSupport
import Testing

@testable import monitorctl

/// The configuration of the service, as `labels` and the taught sounds take it.
@Suite struct InstalledConfigurationTests {
    @Test func itIsReadWhereItExistsAndPassedOverWhereItIsFaulty() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("monitord.yaml")
        #expect(InstalledConfiguration.load(path: path) == nil)
        try Data("taught: sounds\n".utf8).write(to: URL(filePath: path))
        #expect(InstalledConfiguration.load(path: path)?.taught == directory.path("sounds"))
        try Data("nonsense: 1\n".utf8).write(to: URL(filePath: path))
        #expect(InstalledConfiguration.load(path: path) == nil)
    }
}
