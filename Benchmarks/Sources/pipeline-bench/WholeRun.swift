import Foundation

/// One run of the daemon over the whole recording.
struct WholeRun {
    var wallSeconds: Double
    var cpuSeconds: Double
    var peakBytes: Double

    /// Runs `monitord` pinned to one core and takes its times from the kernel.
    static func measure(monitord: String, recording: String, database: String) throws -> WholeRun {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/taskset")
        process.arguments = [
            "-c", "0", monitord, "--source", "file:" + recording, "--speed", "max",
            "--database", database,
        ]
        process.standardError = FileHandle.nullDevice
        let before = childCPU()
        let start = ContinuousClock.now
        try process.run()
        var peak = 0.0
        while process.isRunning {
            peak = max(peak, try peakBytes(of: process.processIdentifier))
            usleep(50_000)
        }
        process.waitUntilExit()
        let wall = ContinuousClock.now - start
        guard process.terminationStatus == 0 else {
            throw CocoaError(
                .executableLoad,
                userInfo: [
                    NSLocalizedDescriptionKey: "\(monitord) ended with \(process.terminationStatus)"
                ])
        }
        return WholeRun(
            wallSeconds: wall / .seconds(1), cpuSeconds: childCPU() - before, peakBytes: peak)
    }

    private static func childCPU() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        func seconds(_ time: timeval) -> Double {
            Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The high-water mark of the resident memory so far; 0 for a process that is gone. (The
    /// ru_maxrss of a child counts what the parent had in memory when it started the child.)
    private static func peakBytes(of process: Int32) throws -> Double {
        let path = "/proc/\(process)/status"
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else { return 0 }
        return 1_024 * (Double(line.split(separator: " ").dropLast().last ?? "") ?? 0)
    }
}
