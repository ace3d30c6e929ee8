import Actions
import AlertTypes
import Foundation
import Rules
import TestSupport
import Testing

/// What is wrong with a program is found before it is to run, in the words in which the ledger says
/// it afterwards.
@Suite struct ProgramFaultTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func script(_ text: String, mode: Int = 0o755) throws -> String {
        let path = directory.path("script")
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    /// The fault of a program, which must be that of its run.
    private func fault(_ program: String) async throws -> String? {
        let line = HookCommand.Line.arguments([program])
        let fault = ProgramFault(of: HookCommand(line))?.description
        let run = try await run(command(line))
        if run.outcome == .failedToStart {
            #expect(run.outputTail == fault)
        } else if let fault, run.exitStatus != 127 {
            // A missing program of `env` is a failure of env.
            Issue.record("it runs, and yet: \(fault)")
        }
        return fault
    }

    @Test func whatRunsHasNoFault() async throws {
        for program in ["true", "/bin/sh", try script("#!/bin/sh\n")] {
            #expect(try await fault(program) == nil)
        }
        for text in ["#! /bin/sh -e\nexit 0\r\n", "#!/usr/bin/env sh\n", "#!/bin/sh"] {
            #expect(try await fault(script(text)) == nil)
        }
    }

    /// The search ends.
    @Test func aScriptThatIsItsOwnInterpreter() throws {
        _ = try script("#!/usr/bin/env script\n")
        let search = directory.url.path
        #expect(ProgramFault(of: HookCommand(.arguments(["script"])), searchPath: search) == nil)
    }

    @Test func whatIsNotThere() async throws {
        let path = directory.path("nothing")
        #expect(try await fault(path) == "\(path) does not exist")
        #expect(
            try await fault("/etc/passwd/x")?.hasPrefix("/etc/passwd/x cannot be reached") == true)
        #expect(
            try await fault(directory.url.path) == "\(directory.url.path) is not a regular file")
        let search = "\(directory.url.path):/nowhere"
        #expect(
            ProgramFault(of: HookCommand(.arguments(["notfiy"])), searchPath: search)
                == .notInPath("notfiy", path: search))
        #expect(
            try await fault("notfiy")?.hasPrefix("notfiy is in no folder of PATH (/") == true)
    }

    /// Whoever starts it in a folder must be able to enter that.
    @Test func theFolderOfACommand() async throws {
        let file = try script("#!/bin/sh\n")
        for (path, reason) in [
            (directory.path("nothing"), "No such file or directory (error 2)"),
            (file, "Not a directory (error 20)"),
        ] {
            let line = HookCommand.Line.arguments(["true"])
            let inFolder = HookCommand(line, directory: path)
            let text = "\(path), the folder to start it in, cannot be entered: \(reason)"
            #expect(ProgramFault(of: inFolder)?.description == text)
            var action = command(line)
            action.kind = .run(inFolder)
            let run = try await run(action)
            #expect(run.outcome == .failedToStart && run.outputTail == text)
        }
        #expect(
            ProgramFault(of: HookCommand(.arguments(["true"]), directory: directory.url.path))
                == nil)
    }

    @Test func whatMayNotRun() async throws {
        let path = try script("#!/bin/sh\n", mode: 0o644)
        #expect(try await fault(path) == "\(path) is not executable (chmod +x)")
        #expect(
            ProgramFault(of: HookCommand(.arguments(["script"])), searchPath: directory.url.path)
                == .notExecutable(path))
    }

    @Test(arguments: [
        ("#!/bin/sh\r\necho\r\n", "its first line names /bin/sh\\r: Windows line ends"),
        ("#!/usr/bin/env sh\r\n", "its first line names sh\\r: Windows line ends"),
        (
            "#!/usr/bin/pyhton3\n",
            "its first line names /usr/bin/pyhton3: /usr/bin/pyhton3 does not exist"
        ),
        (
            "#!/etc/passwd\n",
            "its first line names /etc/passwd: /etc/passwd is not executable (chmod +x)"
        ),
    ])
    func interpreters(text: String, message: String) async throws {
        let path = try script(text)
        #expect(try await fault(path) == "\(path): \(message)")
    }

    @Test func theInterpreterThatEnvLooksFor() async throws {
        let path = try script("#!/usr/bin/env pyhton3\n")
        let fault = try await fault(path)
        #expect(
            fault?.hasPrefix(
                "\(path): its first line names pyhton3: pyhton3 is in no folder of PATH") == true)
    }

    @Test(arguments: ["echo\n", "", "#!\n", "#"])
    func noInterpreter(text: String) async throws {
        let path = try script(text)
        #expect(
            try await fault(path)
                == "\(path) is neither a program nor a script: its first line does not begin "
                + "with #!")
    }

    /// Of a line for the shell, a path at its beginning.
    @Test func shellLines() throws {
        let path = directory.path("nothing")
        #expect(ProgramFault(of: HookCommand(.shell("\(path) --loud"))) == .missing(path))
        #expect(ProgramFault(of: HookCommand(.shell(path))) == .missing(path))
        let script = try script("echo\n")
        for line in ["\(script) x", "nothing at all", "[ -e \(path) ]", "/bin/ech? x", ""] {
            #expect(ProgramFault(of: HookCommand(.shell(line))) == nil, "\(line)")
        }
    }
}
