internal import Glibc

/// Keeps the memory of this process from being paged out.
package enum MemoryLock {
    /// RLIM_INFINITY, which Swift cannot import.
    private static let noLimit = rlim_t.max

    /// Locks what is in use and what comes to be used later, page by page as it is touched
    /// (mlock(2), MCL_ONFAULT). Processes that this one starts do not inherit it.
    ///
    /// A limit on locked memory would let everything fail that is allocated beyond it. So it has to
    /// be lifted; where it cannot be, nothing is locked.
    ///
    /// - Throws: `SystemError`
    package static func lockAll() throws(SystemError) {
        var limit = rlimit()
        // SAFETY: the structure outlives both calls.
        guard unsafe getrlimit(Int32(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else {
            throw SystemError(number: errno)
        }
        if limit.rlim_cur != noLimit {
            limit = rlimit(rlim_cur: noLimit, rlim_max: noLimit)
            guard unsafe setrlimit(Int32(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else {
                throw SystemError(number: errno)
            }
        }
        guard mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 else {
            throw SystemError(number: errno)
        }
    }
}
