import Foundation

/// The resident memory of this process, in bytes: proc_pid_statm(5) counts pages, and the second
/// number is the resident set.
public func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        .split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else {
        throw TestSupportError("no resident set: \(fields)")
    }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
