internal import CTimex
internal import Listings

/// The clock, and the priority of the capture.
struct SystemDiagnosis {
    private typealias Finding = DoctorReport.Finding

    let findings: [DoctorReport.Finding]

    /// - Parameter realtime: whether each source that the monitor hears is captured in real time
    init(realtime: [Bool]) {
        findings = [Self.clock(isSynchronised: Self.isSynchronised), Self.priority(realtime)]
    }

    /// adjtimex(2): `nil` where the call is not permitted.
    private static var isSynchronised: Bool? {
        let answer = timex_is_synchronised()
        return answer < 0 ? nil : answer == 1
    }

    static func clock(isSynchronised: Bool?) -> DoctorReport.Finding {
        switch isSynchronised {
        case true?: Finding("clock", .ok, "it is synchronised")
        case false?:
            Finding(
                "clock", .warning, "it is not synchronised: the times of events may be wrong",
                remedy: "sudo timedatectl set-ntp true; timedatectl")
        case nil: Finding("clock", .ok, "whether it is synchronised cannot be seen here")
        }
    }

    static func priority(_ realtime: [Bool]) -> DoctorReport.Finding {
        let check = "real-time priority"
        if realtime.isEmpty {
            return Finding(check, .ok, "no monitor runs; the service asks for it by itself")
        }
        guard realtime.contains(false) else {
            return Finding(check, .ok, "the capture has it")
        }
        return Finding(
            check, .warning, "the monitor was refused it: under load, sound may be lost",
            remedy: "run it as the service; or echo '@audio - rtprio 10' | sudo tee "
                + "/etc/security/limits.d/earwitness.conf, and log in again")
    }
}
