import EventStore
import Foundation
import SoundNet
import SoundTypes
import TestSupport
import Testing

/// Unusable input: one clear line, the documented exit code, and nothing left behind.
@Suite struct BadInputTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Runs the monitor, which must end at once with this code and say why: one line per message.
    /// The directory must be as it was.
    private func expectRefusal(
        _ arguments: [String], _ status: Int32, _ messages: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try place.directory.contents()
        let output = try await place.run(arguments)
        #expect(output.status == status, sourceLocation: sourceLocation)
        let expected = messages.map { "monitord: error: \($0)\n" }.joined()
        #expect(output.standardError == expected, sourceLocation: sourceLocation)
        #expect(output.standardOutput == "", sourceLocation: sourceLocation)
        #expect(try place.directory.contents() == before, sourceLocation: sourceLocation)
    }

    private func expectSourceRefusal(
        _ path: String, _ status: Int32, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await expectRefusal(
            ["--source", "file:" + path], status, "file:\(path): \(message)",
            sourceLocation: sourceLocation)
    }

    @Test func aDeviceThatDoesNotExist() async throws {
        try await expectRefusal(
            ["--source", "alsa:nosuch"], 69,
            "alsa:nosuch: cannot open the device: No such file or directory (ALSA error -2); "
                + "`monitorctl devices` lists those that there are")
    }

    @Test func filesThatAreNoRecordings() async throws {
        try await expectSourceRefusal(
            place.directory.path("missing.wav"), 66,
            "cannot be opened: No such file or directory (error 2)")
        try await expectSourceRefusal(place.directory.url.path, 66, "is not a regular file")
        try await expectSourceRefusal(try place.file("empty.wav", ""), 65, "is empty (0 bytes)")
        try await expectSourceRefusal(
            try place.file("text.wav", "no sound at all\n"), 65,
            "cannot be read as audio: Format not recognised.; accepted: WAV, FLAC, Ogg")
        let slow = try place.recording("slow.wav", Scene.silence(seconds: 1), rate: 8_000)
        try await expectSourceRefusal(
            slow, 65,
            "has 8000 Hz; accepted: 16000 to 192000 Hz. It holds nothing above 4000 Hz, by which "
                + "sounds are told apart, and converting it does not bring that back; record at "
                + "16000 Hz or more")
    }

    /// What exists is heard and stored; the exit code says that it was not everything.
    @Test func aRecordingThatIsCutOff() async throws {
        let path = try place.recording("cut.wav", Scene.birdAndSiren())
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        // The header is 44 bytes.
        try content.prefix(44 + 2 * 10 * Scene.rate).write(to: URL(fileURLWithPath: path))
        let output = try await place.hear(path)
        #expect(output.status == 65)
        #expect(
            lines(output.standardError, with: "monitord: error: ") == [
                "monitord: error: file:\(path): the file ends early: its header promises "
                    + "13.500 s, 10.000 s could be read"
            ])
        let recording = try place.onlySession()
        #expect(recording.capturedSamples == Int64(10 * Scene.rate))
        #expect(recording.status == .complete)
        // The siren is still sounding where the file ends.
        let siren = try #require(try place.events().last { $0.label == "siren" })
        #expect(siren.status == .complete && siren.heardUntil == recording.ended)
    }

    @Test func filesThatAreNoModels() async throws {
        let sound = ["--source", "file:" + Scene.path, "--model"]
        let missing = place.directory.path("missing.soundnet")
        try await expectRefusal(
            sound + [missing], 66, "cannot read the model \(missing): The file doesn’t exist.")
        let text = try place.file("text.soundnet", "no model at all\n")
        try await expectRefusal(
            sound + [text], 65,
            "\(text) is not a SoundNet model: it does not begin with \"SOUNDNET\"")
    }

    @Test func placesForNoDatabase() async throws {
        let arguments = ["--source", "file:" + Scene.path, "--database"]
        let nowhere = place.directory.path("nowhere/events.db")
        try await expectRefusal(
            arguments + [nowhere], 73,
            "cannot open the event database, the directory of \(nowhere) must exist and be "
                + "writable (--database or EARWITNESS_DATABASE names another): No such "
                + "file or directory (error 2)")
        let text = try place.file("text.db", "no database at all\n")
        try await expectRefusal(
            arguments + [text], 65, "\(text) is not an SQLite database; it was left untouched")
        #expect(try String(contentsOfFile: text, encoding: .utf8) == "no database at all\n")
    }

    /// Root may write everywhere, so root drops that capability (setpriv of util-linux).
    @Test func aDirectoryThatIsReadOnly() async throws {
        try place.directory.setPermissions(0o555)
        let prefix = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-all"] : []
        let process = try RunningProcess(
            prefix + [place.monitord.path, "--database", place.database]
                + ["--source", "file:" + Scene.path])
        let output = try await process.wait(within: .hang)
        #expect(output.status == 73)
        #expect(
            output.standardError == "monitord: error: cannot open the event database, the "
                + "directory of \(place.database) must exist and be writable (--database or "
                + "EARWITNESS_DATABASE names another): Permission denied (error 13)\n")
        #expect(try place.directory.contents() == [])
    }

    /// A user who is neither root nor a service has a database of their own.
    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func aPlainUserNeedsNoDirectory() async throws {
        try place.directory.setPermissions(0o777)
        let path = try place.recording("bird.wav", Scene.part(0, 2))
        let home = place.directory.path("home")
        let user = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        func run(_ arguments: [String], _ variables: [String: String]) async throws
            -> RunningProcess.Output
        {
            try await RunningProcess(
                user + arguments, environment: variables.merging(["HOME": "/"]) { a, _ in a }
            ).wait(within: .hang)
        }
        let listen = [
            place.monitord.path, "--config", try place.file("empty.yaml", ""), "--source",
            "file:" + path, "--speed", "max",
        ]
        let own = ["XDG_DATA_HOME": home]
        let output = try await run(listen, own)
        #expect(output.status == 0, "\(output.standardError)")
        let database = place.directory.path("home/earwitness/events.db")
        #expect(try EventReader(path: database).sessions().count == 1)
        let named = ["EARWITNESS_DATABASE": place.directory.path("named.db")]
        #expect(try await run(listen, named).status == 0)
        #expect(try EventReader(path: place.directory.path("named.db")).sessions().count == 1)
    }

    @Test func aDatabaseOfANewerVersion() async throws {
        try EventStore(path: place.database).close()
        let file = URL(fileURLWithPath: place.database)
        var content = try Data(contentsOf: file)
        // The last byte of user_version (sqlite.org/fileformat2.html, 1.3).
        let known = content[63]
        content[63] = 99
        try content.write(to: file)
        try await expectRefusal(
            ["--source", "file:" + Scene.path], 65,
            "\(place.database) has schema 99, this version knows schemas up to \(known); run the "
                + "newer version, or use another database")
        #expect(try Data(contentsOf: file) == content)
    }

    @Test func aWrongCommandLine() async throws {
        try await expectRefusal(
            ["--source", "hw:0"], 64,
            "source: \"hw:0\" does not name a source; accepted: alsa:NAME, file:PATH, stdin; did "
                + "you mean 'alsa:hw:0'?")
        let output = try await place.run(["--source", "file:" + Scene.path, "--start-time", "soon"])
        #expect(output.status == 64)
        let message = "monitord: error: \"soon\" is not a time; write 30s"
        #expect(output.standardError.hasPrefix(message))
        #expect(output.standardError.split(separator: "\n").count == 1)
        for (arguments, message) in [
            (["--nonsense"], "Error: Unknown option '--nonsense'\n"),
            (["--speed", "slow"], "Error: The value 'slow' is invalid for '--speed <pace>'."),
            (["extra"], "Error: Unexpected argument 'extra'\n"),
        ] {
            let output = try await place.run(arguments)
            #expect(output.status == 64)
            #expect(output.standardError.hasPrefix(message), "\(output.standardError)")
        }
        #expect(try place.directory.contents() == [])
    }

    @Test func everyFaultOfAConfigurationIsNamed() async throws {
        let path = try place.file(
            "monitord.yaml",
            """
            database: events.db
            sources:
              - name: microphone
                input: hw:0
            tracking:
              on: 1.5
              smothing: 100ms
            rules:
              - name: alert
                labels: [siren]
            log_level: loud
            """)
        try await expectRefusal(
            ["--config", path], 78,
            "\(path):4:12: input is 'hw:0'; accepted is alsa:NAME, file:PATH or stdin; did you "
                + "mean 'alsa:hw:0'?",
            "\(path):6:7: on is '1.5'; accepted is a number from 0 to 1",
            "\(path):7:3: unknown key 'smothing' in tracking; did you mean 'smoothing'?",
            "\(path):9:5: a rule needs the key 'command', 'shell' or 'then'",
            "\(path):11:12: log_level is 'loud'; accepted is one of trace, debug, info, notice, "
                + "warning, error, critical")
        try await expectRefusal(
            ["--config", place.directory.path("missing.yaml")], 78,
            "\(place.directory.path("missing.yaml")): cannot be read: The file doesn’t exist.")
    }

    @Test func aLabelThatTheModelDoesNotKnow() async throws {
        let path = try place.file(
            "monitord.yaml", "rules: [{name: alert, labels: [sirene], shell: 'true'}]\n")
        for arguments in [["--check-config"], ["--source", "file:" + Scene.path]] {
            let output = try await place.run(["--config", path] + arguments)
            #expect(output.status == 78)
            #expect(
                output.standardError.hasPrefix(
                    "monitord: error: \(path):1:32: unknown label 'sirene'; did you mean 'siren'?"),
                "\(output.standardError)")
        }
        #expect(try place.directory.contents() == ["monitord.yaml"])
    }

    /// Commands that cannot be started, where they stand in the file. What is found before they are
    /// to run must not keep the monitor from listening.
    @Test func commandsThatCannotBeStarted() async throws {
        let script = try place.file("script", "#!/bin/sh\r\necho\r\n")
        let path = try place.file(
            "monitord.yaml",
            """
            rules:
              - name: typo
                command: [/usr/local/bin/notfiy]
              - {name: windows, command: [\(script), --loud]}
              - {name: shell, shell: \(script) --loud}
              - {name: fine, command: ["true"]}
            """)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: script)
        let lineEnds = "\(script): its first line names /bin/sh\\r: Windows line ends"
        let messages = [
            "\(path):3:14: rule 'typo': /usr/local/bin/notfiy does not exist",
            "\(path):4:30: rule 'windows': \(lineEnds)", "\(path):5:26: rule 'shell': \(lineEnds)",
        ]
        try await expectRefusal(
            ["--config", path, "--check-config"], 78, messages[0], messages[1], messages[2])
        let sound = try place.recording("bird.wav", Scene.part(0, 2))
        let output = try await place.hear(sound, ["--config", path])
        #expect(output.status == 0)
        for message in messages { #expect(lines(output.standardError, with: message).count == 1) }
    }

    @Test func aConfigurationWithoutFaults() async throws {
        let path = try place.file("monitord.yaml", "log_level: notice\n")
        let output = try await place.run(["--config", path, "--check-config"])
        #expect(output.status == 0)
        #expect(output.standardOutput == "\(path): no fault found\n")
        #expect(output.standardError == "")
        #expect(try place.directory.contents() == ["monitord.yaml"])
    }
}
