import Foundation
import TestSupport
import Testing

/// What the monitor tells a service manager with a watchdog.
@Suite struct WatchdogTests {
    private let place: Workplace
    private let socket: DatagramSocket

    init() throws {
        place = try Workplace()
        socket = try DatagramSocket(path: place.directory.path("notify"))
    }

    private func listen(_ environment: [String: String]) throws -> RunningProcess {
        try place.listen(
            to: Scene.siren(),
            environment: ["NOTIFY_SOCKET": socket.path].merging(environment) { $1 })
    }

    private func keepAlives() throws -> Int {
        try socket.received().count { $0 == "WATCHDOG=1" }
    }

    private func end(_ process: RunningProcess) async throws {
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
    }

    /// An empty WATCHDOG_PID means whoever reads it.
    @Test func theWatchdogIsFedWhileThereIsSound() async throws {
        let process = try listen(["WATCHDOG_USEC": "1200000", "WATCHDOG_PID": ""])
        try await waitUntil("it is fed") { try keepAlives() >= 3 }
        try await waitUntil("the line says what it hears") {
            try socket.received().contains {
                $0.hasPrefix("STATUS=listening to 1 of 1 source; ")
                    && $0.hasSuffix(" dB re FS at microphone")
            }
        }
        try await end(process)
    }

    /// A stopped process feeds nothing, and one that goes on does.
    @Test func aStoppedProcessFeedsNothing() async throws {
        let process = try listen(["WATCHDOG_USEC": "1200000"])
        try await waitUntil("it is fed") { try keepAlives() >= 1 }
        process.send(SIGSTOP)
        try await Task.sleep(for: .milliseconds(500))
        let before = try keepAlives()
        try await Task.sleep(for: .seconds(2))
        #expect(try keepAlives() == before)
        process.send(SIGCONT)
        try await waitUntil("it is fed again") { try keepAlives() > before }
        try await end(process)
    }

    /// The end may take longer than the watchdog would wait, if it were not fed.
    @Test func theWatchdogIsFedWhileACommandHasItsGrace() async throws {
        let (begun, go) = (place.directory.path("begun"), place.directory.path("go"))
        let configuration = try place.file(
            "monitord.yaml",
            Scene.tracking + """
                rules:
                  - name: patient
                    labels: [siren]
                    timeout: 1h
                    shell: 'echo >"\(begun)"; until [ -e "\(go)" ]; do sleep 0.02; done'
                hooks: {grace: 5m}

                """)
        let process = try place.listen(
            to: Scene.siren(), ["--config", configuration],
            environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "1200000"])
        try await waitUntil("the command runs") {
            FileManager.default.fileExists(atPath: begun)
        }
        process.send(SIGTERM)
        try await waitUntil("it ends") { try socket.states().contains("STOPPING=1") }
        let before = try keepAlives()
        try await waitUntil("it is fed") { try keepAlives() >= before + 5 }
        _ = try place.file("go", "")
        #expect(try await process.wait(within: .hang).status == 0)
    }

    /// The watchdog is for another process, there is none, or its time is none.
    @Test(
        arguments: [
            ["WATCHDOG_USEC": "400000", "WATCHDOG_PID": "1"], [:], ["WATCHDOG_USEC": "0"],
            ["WATCHDOG_USEC": "soon"],
        ])
    func aWatchdogOfOthersIsNotFed(_ environment: [String: String]) async throws {
        let process = try listen(environment)
        try await waitUntil("it says what it hears") {
            try socket.received().contains { $0.hasSuffix(" at microphone") }
        }
        #expect(try keepAlives() == 0)
        try await end(process)
    }
}
