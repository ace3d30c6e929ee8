internal import Foundation
internal import MonitorConfig

/// The configuration of the service.
enum InstalledConfiguration {
    /// `nil` if there is none; one with faults is passed over with a warning.
    static func load(path: String = Configuration.standardPath) -> Configuration? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do throws(ConfigurationError) {
            return try Configuration.load(path: path)
        } catch {
            StandardError.write("warning: the configuration is passed over: \(error)")
            return nil
        }
    }
}
