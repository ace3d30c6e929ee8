import Foundation
import Glibc

/// The program of this package, as built alongside the tests, under one of its names.
public struct BuiltProduct: Sendable {
    private static let program = "earwitness"
    public let path: String

    /// Looks where the tests were built; throws if the program is not there. A name that is missing
    /// is linked to it.
    public init(_ name: String) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let directory = URL(fileURLWithPath: tests).deletingLastPathComponent()
        let program = directory.appendingPathComponent(Self.program).path
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: program])
        }
        path = directory.appendingPathComponent(name).path
        try Self.link(path)
    }

    /// Tests that run at the same time do the same, and one may run the program meanwhile: the link
    /// is made beside its place and moved there.
    private static func link(_ path: String) throws {
        guard readlink(path) != program else { return }
        let new = path + "." + UUID().uuidString
        try FileManager.default.createSymbolicLink(atPath: new, withDestinationPath: program)
        guard rename(new, path) == 0 else { throw TestSupportError("rename: errno \(errno)") }
    }

    private static func readlink(_ path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
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
