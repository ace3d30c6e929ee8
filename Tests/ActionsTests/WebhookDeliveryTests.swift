import Actions
import AlertTypes
import Foundation
import Rules
import TestSupport
import Testing
import Timekeeping

@Suite struct WebhookDeliveryTests {
    private func webhook(
        _ url: String, secret: String? = nil, headers: [String: String] = [:],
        timeout: Double = 900, retries: Retries = Retries(), mode: Action.RunMode = .queued
    ) -> Action {
        Action(
            name: "post", kind: .webhook(Webhook(url: url, secretFile: secret, headers: headers)),
            timeoutSeconds: timeout, mode: mode, retries: retries)
    }

    @Test func theAlertIsPosted() async throws {
        let server = try TestWebServer(.status(200, body: "thank you"))
        defer { server.stop() }
        let posted = try await run(
            webhook(server.url, headers: ["Authorization": "Bearer abc", "X-Empty": ""]))
        #expect(posted.outcome == .exited && posted.exitStatus == 0)
        #expect(posted.outputTail == "thank you")
        #expect(posted.durationSeconds.map { $0 > 0 } == true)
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /hook?x=1 HTTP/1.1\r\n"))
        #expect(request.field("Content-Type") == "application/json")
        #expect(request.field("User-Agent") == "earwitness")
        #expect(request.field("X-Earwitness-Alert") == "107")
        #expect(request.field("X-Earwitness-Attempt") == "1")
        #expect(request.field("Authorization") == "Bearer abc")
        #expect(request.head.contains("\r\nX-Empty:"))
        #expect(request.field("X-Earwitness-Signature") == nil)
        #expect(request.field("Expect") == nil)
        // What a command gets on standard input.
        let cat = try await run(command(.arguments(["cat"])))
        let body = String(decoding: request.body, as: UTF8.self)
        let other = body.replacing("\"action\":\"post\"", with: "\"action\":\"run\"")
        #expect(other + "\n" == cat.outputTail)
    }

    @Test func theSignatureIsThatOfTheBody() async throws {
        let server = try TestWebServer(.status(204))
        defer { server.stop() }
        let scratch = try TemporaryDirectory()
        let secret = scratch.path("secret")
        for text in ["kéy\n", "other key"] {
            try Data(text.utf8).write(to: URL(filePath: secret))
            #expect(try await run(webhook(server.url, secret: secret)).exitStatus == 0)
            let request = try #require(server.requests.last)
            try Data(request.body).write(to: URL(filePath: scratch.path("body")))
            let key = text.trimmingCharacters(in: .newlines)
            let script = """
                import hashlib, hmac
                print(hmac.new('\(key)'.encode(), open('body', 'rb').read(), hashlib.sha256).hexdigest())
                """
            let line = HookCommand.Line.arguments(["python3", "-c", script])
            var check = command(line)
            check.kind = .run(HookCommand(line, directory: scratch.url.path))
            let python = try await run(check)
            #expect(
                request.field("X-Earwitness-Signature")
                    == "sha256=" + python.outputTail.dropLast())
        }
    }

    @Test func aSecretThatCannotBeRead() async throws {
        let server = try TestWebServer(.status(200))
        defer { server.stop() }
        let scratch = try TemporaryDirectory()
        let paths = ["absent", "empty", "long", "pipe"].map(scratch.path)
        try Data("\n".utf8).write(to: URL(filePath: paths[1]))
        try Data(repeating: 1, count: 5_000).write(to: URL(filePath: paths[2]))
        mkfifo(paths[3], 0o600)
        let faults = [
            "cannot be read: No such file or directory (error 2)", "is empty",
            "has more than 4096 bytes", "cannot be read: Illegal seek (error 29)",
        ]
        for (path, fault) in zip(paths, faults) {
            let run = try await run(webhook(server.url, secret: path))
            #expect(run.outcome == .failedToStart)
            #expect(run.outputTail == "the secret file \(path) \(fault)")
        }
        #expect(server.requests.isEmpty)
    }

    @Test func anErrorOfTheServerIsAttemptedAgain() async throws {
        let server = try TestWebServer(
            .status(500, body: "busy"), .close, .status(429), .status(200, body: "done"))
        defer { server.stop() }
        let runs = await attempts(
            webhook(server.url, retries: Retries(count: 5, firstSeconds: 0.01)))
        #expect(runs.map(\.outcome) == [.exited, .failedToStart, .exited, .exited])
        #expect(runs.map(\.exitStatus) == [500, nil, 429, 0])
        #expect(
            runs.map(\.outputTail) == [
                "busy", "Empty reply from server", "", "done",
            ])
        #expect(
            server.requests.map { $0.field("X-Earwitness-Attempt") } == ["1", "2", "3", "4"])
    }

    @Test(arguments: [400, 404, 499])
    func aRefusalIsNotAttemptedAgain(status: Int) async throws {
        let server = try TestWebServer(.status(status, body: "no"))
        defer { server.stop() }
        let runs = await attempts(
            webhook(server.url, retries: Retries(count: 5, firstSeconds: 0.01)))
        #expect(runs.map(\.exitStatus) == [status] && runs.first?.outputTail == "no")
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let other = try TestWebServer(.status(200))
        let server = try TestWebServer(
            .status(302, fields: ["Location: \(other.url)"], body: "moved"))
        defer {
            server.stop()
            other.stop()
        }
        let run = try await run(webhook(server.url))
        #expect(run.outcome == .exited && run.exitStatus == 302)
        #expect(run.outputTail == "the answer leads to \(other.url), which is not followed\nmoved")
        #expect(other.requests.isEmpty)
    }

    @Test func noConnection() async throws {
        let server = try TestWebServer(.status(200))
        server.stop()
        let refused = try await run(webhook(server.url))
        #expect(refused.outcome == .failedToStart)
        #expect(refused.outputTail.contains("connect to 127.0.0.1 port \(server.port)"))
        let unknown = try await run(webhook("http://nowhere.invalid/"))
        #expect(unknown.outcome == .failedToStart)
        #expect(unknown.outputTail == "Could not resolve host: nowhere.invalid")
    }

    @Test(arguments: [TestWebServer.Answer.silence, .half])
    func anAnswerThatDoesNotCome(answer: TestWebServer.Answer) async throws {
        let server = try TestWebServer(answer)
        defer { server.stop() }
        let run = try await run(webhook(server.url, timeout: 0.5))
        #expect(run.outcome == .timedOut && run.exitStatus == nil)
        #expect(run.outputTail.contains("timed out after"))
        #expect(try #require(run.durationSeconds) >= 0.5)
    }

    /// A server that anybody could have set up.
    @Test func aCertificateOfNobodyIsRefused() async throws {
        let scratch = try TemporaryDirectory()
        let certificate = """
            openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 1 \
            -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1
            """
        var action = command(.shell(certificate))
        action.kind = .run(HookCommand(.shell(certificate), directory: scratch.url.path))
        try #require(try await run(action).exitStatus == 0)
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/env")
        server.arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert",
            scratch.path("certificate"), "-key", scratch.path("key"),
        ]
        let output = Pipe()
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer { server.terminate() }
        var text = ""
        var port: Substring?
        while port == nil {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty)
            text += String(decoding: data, as: UTF8.self)
            port = text.firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)\n/)?.1
        }
        let run = try await run(webhook("https://127.0.0.1:\(port ?? "")/"))
        #expect(run.outcome == .failedToStart)
        #expect(run.outputTail.hasPrefix("SSL certificate problem"))
    }

    @Test func theEndGivesUpWaiting() async throws {
        let server = try TestWebServer(.silence)
        defer { server.stop() }
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        await submit(webhook(server.url), to: runner, ledger)
        try await waitUntil("it is posted") { server.requests.count == 1 }
        await runner.drain(grace: .zero)
        #expect(await ledger.runs.map(\.outcome) == [.interrupted])
        #expect(await ledger.runs.first?.input.isEmpty == false)
    }

    @Test func ofALongAnswerTheEndIsKept() async throws {
        let server = try TestWebServer(
            .status(200, body: String(repeating: "x", count: 1_000_000) + "end"))
        defer { server.stop() }
        let run = try await run(webhook(server.url))
        #expect(run.outputTail.utf8.count == 4_096 && run.outputTail.hasSuffix("xend"))
    }

    /// Neither an address nor a field can begin another field, or lead to something else.
    @Test func whatWouldSmuggleIsRefused() async throws {
        let server = try TestWebServer(.status(200))
        defer { server.stop() }
        for url in [
            "file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1:\(server.port)", "", "http:",
            server.url + "\r\nX-Other: 1", server.url + " x", server.url + "\0",
        ] {
            let run = try await run(webhook(url))
            #expect(run.outcome == .failedToStart)
            #expect(run.outputTail.contains("is no address"), "\(url)")
        }
        for (name, value) in [
            ("X-A", "1\r\nX-Other: 1"), ("X-A", "1\nX-Other: 1"), ("X-A\r\nX-Other", "1"),
            ("X A", "1"), ("", "1"), ("X-A:", "1"), ("X-A", "a\0b"), ("é", "1"),
        ] {
            let run = try await run(webhook(server.url, headers: [name: value]))
            #expect(run.outcome == .failedToStart)
            #expect(run.outputTail.contains("that HTTP does not allow"))
        }
        #expect(server.requests.isEmpty)
        // Our own fields are ours.
        let forged = ["x-earwitness-alert": "1", "content-type": "text/html"]
        #expect(try await run(webhook(server.url, headers: forged)).exitStatus == 0)
        let head = try #require(server.requests.first).head
        #expect(!head.contains("x-earwitness-alert") && !head.contains("text/html"))
    }

    /// A label cannot leave its string.
    @Test func hostileTextIsPostedAsText() async throws {
        let server = try TestWebServer(.status(200))
        defer { server.stop() }
        let label = "\"}\r\n\r\n$(x)\u{0}\u{202E}"
        let run = try await run(
            webhook(server.url), for: firing(event(label: label)))
        #expect(run.exitStatus == 0)
        struct Message: Decodable { let label: String }
        let request = try #require(server.requests.first)
        #expect(
            try JSONDecoder().decode(Message.self, from: Data(request.body)).label == label)
    }
}
