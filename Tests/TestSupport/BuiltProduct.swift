import Foundation

/// An executable of this package, as built alongside the tests.
public struct BuiltProduct: Sendable {
    public let path: String

    /// Looks where the tests were built; throws if the product is not there.
    public init(_ name: String) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        path =
            URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: path])
        }
    }

    /// Runs the product until it ends. `environment` is added to that of the tests.
    public func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProcess.Output {
        try start(arguments, environment: environment).wait()
    }

    /// Starts the product.
    public func start(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProcess {
        try RunningProcess([path] + arguments, environment: environment)
    }
}
