internal import Glibc
internal import HostSystem

/// What this process takes of the machine.
struct ProcessUsage: Sendable {
    /// Processor time, in seconds.
    let cpuSeconds: Double
    /// Memory that is in use now, in MB.
    let residentMegabytes: Double

    /// As it is now.
    init() {
        var usage = rusage()
        // SAFETY: the structure outlives the call.
        unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
        cpuSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
        residentMegabytes = Self.residentPages() * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
    }

    /// The second number of /proc/self/statm (proc(5)); 0 if there is no /proc.
    private static func residentPages() -> Double {
        do throws(SystemError) {
            let bytes = try OpenFile(path: "/proc/self/statm", flags: O_RDONLY).start(length: 100)
            let numbers = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            return numbers.dropFirst().first.flatMap { Double($0) } ?? 0
        } catch {
            return 0
        }
    }
}
