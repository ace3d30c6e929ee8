internal import CMalloc

/// The allocator of the C library.
enum Allocator {
    /// Lets all threads share one arena; call it before there are others. By default most threads
    /// get one of their own, and each keeps what its thread once needed: over weeks, as work moves
    /// from thread to thread, that grows. What must not wait for memory does not ask for any.
    static func useOneArena() {
        mallopt(M_ARENA_MAX, 1)
    }
}
