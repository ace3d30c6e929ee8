internal import Glibc

/// The system's message for an error number (`errno`), with the number: the part of our messages
/// after the colon.
public func systemMessage(_ code: Int32) -> String {
    // SAFETY: strerror never returns null on glibc, and the string is this thread's own (glibc 2.32
    // and later); it is copied at once.
    unsafe String(cString: strerror(code)) + " (error \(code))"
}
