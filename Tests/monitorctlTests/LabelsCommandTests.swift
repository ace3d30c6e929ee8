import Foundation
import TestSupport
import Testing

/// `monitorctl labels`, for the built-in model.
@Suite struct LabelsCommandTests {
    private struct Label: Decodable {
        let label: String
        let group: String?
        let sensitivity: String?
        let recall: Double?
        let falseAlarmsPerDay: Double?
    }

    private let directory: TemporaryDirectory
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
    }

    private func labels(_ arguments: [String]) throws -> [Label] {
        let output = try product.run(["labels", "--format", "json"] + arguments)
        #expect(output.status == 0, "\(output.standardError)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Label].self, from: Data(output.standardOutput.utf8))
    }

    @Test func soundsThatWarnAreHigh() throws {
        let labels = try labels([])
        let urgent = ["siren", "car_horn", "alarm", "gunshot", "glass_break", "crying_baby"]
        #expect(labels.count == 36)
        #expect(Set(labels.filter { $0.sensitivity == "high" }.map(\.label)) == Set(urgent))
        #expect(labels.allSatisfy { $0.group != nil && $0.recall != nil })
    }

    /// More sensitive is never less found, and never fewer false alarms.
    @Test func theCurvesRise() throws {
        let curves = try ["low", "normal", "high"].map { try labels(["--sensitivity", $0]) }
        for (lower, higher) in zip(curves, curves.dropFirst()) {
            for (less, more) in zip(lower, higher) {
                #expect(less.recall ?? 0 <= more.recall ?? 0, "\(less.label)")
                #expect(
                    less.falseAlarmsPerDay ?? 0 <= more.falseAlarmsPerDay ?? 0, "\(less.label)")
            }
        }
    }

    @Test func theConfigurationIsInForce() throws {
        let path = directory.path("monitord.yaml")
        try "tracking: {sensitivity: low, labels: {siren: {on: 0.7}, rain: {sensitivity: high}}}"
            .write(toFile: path, atomically: true, encoding: .utf8)
        let labels = try labels(["--config", path])
        func label(_ name: String) throws -> Label {
            try #require(labels.first { $0.label == name })
        }
        #expect(try label("alarm").sensitivity == "low")
        #expect(try label("rain").sensitivity == "high")
        #expect(try label("siren").sensitivity == nil)
        #expect(try label("siren").recall == nil)
        let text = try product.run(["labels", "--config", path]).standardOutput
        #expect(text.contains("siren         warning       own settings"))
    }
}
