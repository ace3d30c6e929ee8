import Foundation
import MonitorConfig
import TestSupport
import Testing

@testable import monitorctl

/// Which database `monitorctl` reads.
@Suite struct DatabaseChoiceTests {
    private static let standard = Configuration().database

    private let directory: TemporaryDirectory
    private let configuration: String

    init() throws {
        directory = try TemporaryDirectory()
        configuration = directory.path("monitord.yaml")
    }

    private func choice(
        given: String? = nil, environment: String? = nil
    ) -> DatabaseOption.Choice {
        DatabaseOption.Choice(
            given: given, environment: environment, configuration: configuration)
    }

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
    }

    @Test func theNearestWordCounts() throws {
        try write("database: sounds/night.db\n")
        #expect(choice(given: "given.db", environment: "named.db").path == "given.db")
        #expect(choice(environment: "named.db").path == "named.db")
        for environment in [nil, ""] {
            let choice = choice(environment: environment)
            #expect(choice.path == directory.path("sounds/night.db"))
            #expect(choice.warning == nil)
        }
        #expect(choice(given: "").path == "")
    }

    @Test func withoutAConfigurationItIsTheStandardOne() throws {
        #expect(choice().path == Self.standard)
        #expect(choice().warning == nil)
        try write("log_level: debug\n")
        #expect(choice().path == Self.standard)
        #expect(choice().warning == nil)
    }

    @Test func aFaultyConfigurationIsPassedOverWithAWarning() throws {
        try write("database: night.db\nnonsense: 1\n")
        let faulty = choice()
        #expect(faulty.path == Self.standard)
        let warning = try #require(faulty.warning)
        #expect(
            warning.hasPrefix(
                "the configuration is passed over, \(Self.standard) is read: "
                    + "\(configuration):2:1: "))
        #expect(choice(environment: "named.db").warning == nil)
    }

    /// A directory cannot be read as a file, not even by root.
    @Test func anUnreadableConfigurationIsPassedOverWithAWarning() throws {
        try FileManager.default.createDirectory(
            atPath: configuration, withIntermediateDirectories: false)
        #expect(choice().path == Self.standard)
        #expect(choice().warning?.contains("\(configuration): cannot be read") == true)
    }
}
