import Foundation
import HostSystem
import Synchronization
import TestSupport
import Testing

@testable import Control

/// Real sockets.
@Suite struct ControlServerTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("control.sock")
    }

    private func server(_ suffix: String = "!") throws -> ControlServer {
        try ControlServer(path: path) { $0 + suffix }
    }

    @Test func eachRequestIsAnswered() throws {
        let server = try server()
        defer { server.stop() }
        for request in ["status", "", "Grüße", "x\u{1B}"] {
            #expect(try ControlClient.ask(request, at: path) == request + "!")
        }
    }

    /// The user and the group of the monitor may ask, nobody else.
    @Test func othersMayNotAsk() throws {
        let server = try server()
        defer { server.stop() }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
    }

    @Test func whoeverStopsLeavesNothingBehind() throws {
        try server().stop()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(throws: ControlError.notRunning(path: path)) {
            try ControlClient.ask("status", at: path)
        }
    }

    /// A monitor that was killed leaves its socket; the next one takes its place.
    @Test func aSocketThatNobodyServesIsReplaced() throws {
        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let address = try #require(UnixAddress(path: path))
        #expect(address.withPointer { bind(dead, $0, $1) } == 0)
        close(dead)
        #expect(throws: ControlError.notRunning(path: path)) {
            try ControlClient.ask("status", at: path)
        }
        let server = try server()
        defer { server.stop() }
        #expect(try ControlClient.ask("status", at: path) == "status!")
    }

    @Test func twoMonitorsDoNotShareASocket() throws {
        let first = try server()
        defer { first.stop() }
        #expect {
            try ControlServer(path: path) { $0 }
        } throws: {
            "\($0)" == "cannot be asked at \(path): another monitor listens there"
        }
        #expect(try ControlClient.ask("status", at: path) == "status!")
    }

    /// A file of the owner that happens to have the name is not touched.
    @Test func anotherFileIsNotReplaced() throws {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        #expect {
            try ControlServer(path: path) { $0 }
        } throws: {
            "\($0)" == "cannot be asked at \(path): something else has this name"
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("mine".utf8))
    }

    @Test func theDirectoryIsMade() throws {
        let path = directory.path("monitord/control.sock")
        let server = try ControlServer(path: path) { $0 }
        defer { server.stop() }
        #expect(try ControlClient.ask("status", at: path) == "status")
    }

    /// A byte now and then is not enough to keep the monitor from others.
    @Test func whoeverSpeaksTooSlowlyIsLeft() throws {
        let server = try server()
        defer { server.stop() }
        let address = try #require(UnixAddress(path: path))
        let slow = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(slow) }
        try #require(address.withPointer { connect(slow, $0, $1) } == 0)
        let isDone = Mutex(false)
        DispatchQueue.global().async {
            while !isDone.withLock({ $0 }) {
                send(slow, "x", 1, Int32(MSG_NOSIGNAL))
                usleep(100_000)
            }
        }
        #expect(try ControlClient.ask("status", at: path) == "status!")
        isDone.withLock { $0 = true }
    }

    @Test func pathsThatCannotBeAreRefused() throws {
        let long = directory.path(String(repeating: "x", count: 120))
        #expect {
            try ControlServer(path: long) { $0 }
        } throws: {
            "\($0)".hasSuffix("bytes, at most 107 are possible")
        }
        let nowhere = directory.path("no/nowhere/control.sock")
        #expect {
            try ControlServer(path: nowhere) { $0 }
        } throws: {
            "\($0)" == "cannot be asked at \(nowhere): No such file or directory (error 2)"
        }
    }

    /// Who says nothing, says too much, or goes away does not keep others from being answered.
    @Test func rudeClientsAreLeft() throws {
        let server = try server()
        defer { server.stop() }
        let address = try #require(UnixAddress(path: path))
        let clients = try (0..<3).map { _ in
            let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            try #require(address.withPointer { connect(client, $0, $1) } == 0)
            return client
        }
        let flood = [UInt8](repeating: 65, count: 10_000)
        send(clients[1], flood, flood.count, Int32(MSG_NOSIGNAL))
        close(clients[2])
        #expect(try ControlClient.ask("status", at: path) == "status!")
        for client in clients.prefix(2) { close(client) }
    }

    @Test func whoeverDoesNotAnswerIsNamed() throws {
        let silent = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(silent) }
        let address = try #require(UnixAddress(path: path))
        try #require(address.withPointer { bind(silent, $0, $1) } == 0)
        try #require(listen(silent, 1) == 0)
        #expect(throws: ControlError.noAnswer(path: path)) {
            try ControlClient.ask("status", at: path, patienceSeconds: 1)
        }
    }

    @Test func refusalsAreErrors() throws {
        let server = try ControlServer(path: path) { _ in "error: unknown request" }
        defer { server.stop() }
        #expect(throws: ControlError.refused("unknown request")) {
            try ControlClient.ask("sing", at: path)
        }
    }
}
