internal import Glibc
internal import Listings

/// Whether this user may do what the tool is for.
struct PermissionDiagnosis {
    let findings: [DoctorReport.Finding]

    init(userID: uid_t = geteuid()) {
        guard userID != 0 else {
            findings = [.init("permissions", .ok, "root may do everything")]
            return
        }
        findings = [
            Self.finding("audio", "open microphones (devices, listen, calibrate)"),
            Self.finding(SystemUser.ofService, "read the database and ask the service"),
        ].compactMap { $0 }
    }

    private static func finding(_ name: String, _ right: String) -> DoctorReport.Finding? {
        let check = "group \(name)"
        // Where the service is not installed, nobody needs its group.
        guard let group = SystemGroup(named: name) else { return nil }
        if group.isOfProcess { return .init(check, .ok, "this user is in it") }
        guard !group.isOfUser else {
            return .init(
                check, .warning, "this user is in it from the next login on",
                remedy: "log out and in again; for this shell: newgrp \(name)")
        }
        return .init(
            check, .warning, "this user is not in it, so may not \(right)",
            remedy: "sudo adduser $USER \(name), and log in again")
    }
}
