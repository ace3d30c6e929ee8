internal import CMalloc

/// The allocator of the C library.
public enum Allocator {
    /// Lets all threads share one arena; call it before anything else, while there is one thread.
    /// By default most threads get one of their own, and each keeps what its thread once needed:
    /// over weeks, as work moves from thread to thread, that grows. What must not wait for memory
    /// does not ask for any.
    public static func useOneArena() {
        mallopt(M_ARENA_MAX, 1)
    }
}
