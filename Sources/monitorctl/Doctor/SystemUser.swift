internal import Glibc

/// A user of the system, and the groups that count here.
struct SystemUser {
    /// That of the service, which is the name of its group, too.
    static let ofService = "earwitness"

    let id: uid_t

    /// `nil` if there is none.
    init?(named name: String) {
        // SAFETY: no other thread asks for users; the result is read before the next call.
        guard let entry = unsafe getpwnam(name) else { return nil }
        id = unsafe entry.pointee.pw_uid
    }
}

/// A group of the system, as it is for this process.
struct SystemGroup {
    let id: gid_t
    /// Whether this process has its rights.
    let isOfProcess: Bool
    /// Whether its list names this user, who will have its rights after the next login.
    let isOfUser: Bool

    /// `nil` if there is none.
    init?(named name: String) {
        // SAFETY: no other thread asks for groups or users; what they point to is read before the
        // next call. The list of members ends with null.
        guard let entry = unsafe getgrnam(name) else { return nil }
        id = unsafe entry.pointee.gr_gid
        var members: [String] = []
        var next = unsafe entry.pointee.gr_mem
        while let place = unsafe next, let member = unsafe place.pointee {
            members.append(unsafe String(cString: member))
            unsafe next = place + 1
        }
        let user = unsafe getpwuid(geteuid()).map { unsafe String(cString: $0.pointee.pw_name) }
        isOfUser = user.map { members.contains($0) } ?? false
        isOfProcess = Self.ofProcess.contains(id)
    }

    private static var ofProcess: [gid_t] {
        var groups = [gid_t](repeating: 0, count: max(0, Int(getgroups(0, nil))))
        // SAFETY: the array is as long as the call is told.
        let count = unsafe getgroups(Int32(groups.count), &groups)
        return [getegid()] + groups.prefix(max(0, Int(count)))
    }
}
