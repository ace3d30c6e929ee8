internal import Glibc

/// The system's words for an error number (`errno`), with the number: what a message says after
/// the colon.
public func systemMessage(_ code: Int32) -> String {
    // SAFETY: strerror never returns null on glibc, and the text is of this thread (glibc 2.32 and
    // later); it is copied at once.
    unsafe String(cString: strerror(code)) + " (error \(code))"
}
