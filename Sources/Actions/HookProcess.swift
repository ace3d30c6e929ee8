internal import AlertTypes
internal import CMemoryFile
internal import FoundationEssentials
internal import Glibc
internal import Rules
internal import Subprocess
internal import SystemPackage
internal import Timekeeping

/// One command, from its start to its end.
///
/// The command leads its own session and process group. Its output is read while it runs. If it has
/// to be stopped, everything that it started (`ProcessFamily`) gets SIGTERM and, after
/// `HookLimits.termination`, SIGKILL. When it ends by itself, the run is over: a process it left in
/// the background is not waited for, and whatever that process writes from then on is not read.
struct HookProcess: Sendable {
    let command: HookCommand
    let message: AlertMessage
    let timeoutSeconds: Double
    let limits: HookLimits

    /// Runs the command to its end. A request in `stops` stops it. `onStart` is called once it
    /// runs.
    func run(
        stops: AsyncStream<Void>, onStart: @Sendable () async -> Void
    ) async -> ActionEnding {
        do {
            let (executable, arguments) = try program()
            let input = try filledFile(Array((message.json + "\n").utf8))
            defer { close(input) }
            let mark = ProcessMark()
            var options = PlatformOptions()
            options.createSession = true
            let result = try await Subprocess.run(
                executable, arguments: arguments, environment: environment(mark),
                workingDirectory: command.directory.map { FilePath($0) }, platformOptions: options,
                input: .fileDescriptor(input, closeAfterSpawningProcess: false),
                output: .sequence, error: .combinedWithOutput
            ) { execution in
                await onStart()
                return await attend(
                    ProcessFamily(leader: execution.processIdentifier.value, mark: mark),
                    output: execution.standardOutput, stops: stops)
            }
            return ending(result.closureResult, result.terminationStatus)
        } catch {
            let fault = ProgramFault(of: command)
            return ActionEnding(
                outcome: .failedToStart, output: fault?.description ?? String(describing: error))
        }
    }

    private func program() throws(HookError) -> (Executable, Arguments) {
        let words: [String] =
            switch command.line {
            case .arguments(let words): words
            case .shell(let line): ["/bin/sh", "-c", line]
            }
        guard let name = words.first, !name.isEmpty else { throw .emptyCommand }
        guard words.allSatisfy({ !$0.utf8.contains(0) }) else { throw .nulInCommand }
        let executable =
            name.utf8.contains(UInt8(ascii: "/"))
            ? Executable.path(FilePath(name)) : Executable.name(name)
        return (executable, Arguments(Array(words.dropFirst())))
    }

    /// What of the monitor's environment is meant for the monitor alone: the variables of the
    /// service manager (sd_notify(3), sd_listen_fds(3)) and the one with which capture tells
    /// libasound not to lock.
    private static let monitorOnly = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS",
        "LISTEN_FDNAMES", "LIBASOUND_THREAD_SAFE",
    ]

    /// The monitor's environment, or what the command may have of it, plus the alert.
    private func environment(_ mark: ProcessMark) -> Environment {
        var changes: [Environment.Key: String?] = [:]
        for name in ProcessInfo.processInfo.environment.keys where !mayHave(name) {
            changes[Environment.Key(stringLiteral: name)] = .some(nil)
        }
        for (name, value) in message.environment + [(ProcessMark.name, mark.value)] {
            changes[Environment.Key(stringLiteral: name)] = value
        }
        return Environment.inherit.updating(changes)
    }

    /// The program is looked up in PATH, so each command has it.
    private func mayHave(_ name: String) -> Bool {
        guard !Self.monitorOnly.contains(name) else { return false }
        return name == "PATH" || command.environment?.contains(name) ?? true
    }

    private func ending(_ attended: Attended, _ status: TerminationStatus) -> ActionEnding {
        var ending = ActionEnding(outcome: .exited, output: attended.tail.text)
        switch status {
        case .exited(let code):
            ending.exitStatus = Int(code)
        case .signaled(let signal):
            ending.outcome = .signalled
            ending.signal = Int(signal)
        }
        ending.outcome = attended.stopped ?? ending.outcome
        return ending
    }
}

/// What is known when a command has ended.
private struct Attended: Sendable {
    var tail: OutputTail
    /// The outcome if the monitor stopped the command; `nil` if it ended by itself.
    var stopped: HookRun.Outcome?
}

private enum Occurrence: Sendable {
    case ended(OutputTail)
    case stop(HookRun.Outcome)
    case terminated
    case calledOff
}

extension HookProcess {
    /// Reads the output until the command ends, and stops the command when its time is up or a stop
    /// is requested.
    private func attend(
        _ family: ProcessFamily, output: SubprocessOutputSequence, stops: AsyncStream<Void>
    ) async -> Attended {
        await withTaskGroup(of: Occurrence.self) { tasks in
            tasks.addTask { .ended(await follow(family, output)) }
            tasks.addTask {
                await pause(.seconds(timeoutSeconds)) ? .stop(.timedOut) : .calledOff
            }
            tasks.addTask {
                for await _ in stops { return .stop(.interrupted) }
                return .calledOff
            }
            var attended = Attended(tail: OutputTail(limit: limits.outputBytes))
            var hasEnded = false
            var isTerminating = false
            while !hasEnded || isTerminating, let occurrence = await tasks.next() {
                switch occurrence {
                case .ended(let tail):
                    attended.tail = tail
                    hasEnded = true
                case .stop(let outcome) where attended.stopped == nil && !hasEnded:
                    attended.stopped = outcome
                    isTerminating = true
                    tasks.addTask {
                        await family.terminate(patience: limits.termination)
                        return .terminated
                    }
                case .terminated:
                    isTerminating = false
                case .stop, .calledOff:
                    continue
                }
            }
            tasks.cancelAll()
            return attended
        }
    }

    /// Reads until the command has ended; returns the tail of its output.
    private func follow(
        _ family: ProcessFamily, _ output: SubprocessOutputSequence
    ) async -> OutputTail {
        var tail = OutputTail(limit: limits.outputBytes)
        // The most that a pipe can hold (pipe(7)). Anything beyond that comes from a process the
        // command left behind.
        var leftToDrain = 1 << 20
        do {
            for try await buffer in output {
                tail.append(end(of: buffer), isEndOnly: buffer.count > limits.outputBytes)
                if family.hasLeaderEnded { leftToDrain -= buffer.count }
                if leftToDrain <= 0 { break }
            }
        } catch {
            tail.append(Array("\n[the rest of the output is lost: \(error)]".utf8))
        }
        // A command may close its output and carry on.
        var delay = Duration.milliseconds(1)
        while !family.hasLeaderEnded {
            if await !pause(delay) { break }
            delay = min(delay * 2, .milliseconds(100))
        }
        return tail
    }

    private func end(of buffer: SubprocessOutputSequence.Buffer) -> [UInt8] {
        // SAFETY: the bytes are copied before the closure returns.
        unsafe buffer.withUnsafeBytes { bytes in
            unsafe Array(bytes.suffix(limits.outputBytes))
        }
    }
}

/// A file in memory that holds `bytes` and has no name: memfd_create(2).
///
/// It is there as a whole before the command starts, so a command that never reads blocks nothing,
/// and nothing is ever written to a pipe without a reader (SIGPIPE).
private func filledFile(_ bytes: [UInt8]) throws -> FileDescriptor {
    // SAFETY: the name outlives the call.
    let number = unsafe memfd_create("alert", memory_file_closed_on_exec)
    guard number >= 0 else { throw Errno(rawValue: errno) }
    let file = FileDescriptor(rawValue: number)
    do {
        try file.writeAll(bytes)
        _ = try file.seek(offset: 0, from: .start)
    } catch {
        close(file)
        throw error
    }
    return file
}

private func close(_ descriptor: FileDescriptor) {
    do {
        try descriptor.close()
    } catch {
        // close(2) fails only for a descriptor that is not open: a bug of ours.
        preconditionFailure("closing descriptor \(descriptor.rawValue): \(error)")
    }
}
