internal import CCurl
internal import HostSystem
internal import Synchronization

/// A request to give up, from another thread.
final class Cancellation: Sendable {
    // Nothing else is published by it, so no ordering is needed.
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    func cancel() { flag.store(true, ordering: .relaxed) }
}

/// A POST by libcurl, which blocks its thread until the answer is there.
///
/// Only http and https; certificates are verified; redirects are not followed.
struct HTTPPost {
    enum Result: Equatable {
        /// - Parameters:
        ///   - text: the end of the body
        ///   - location: where a redirect leads to
        case answer(status: Int, text: String, location: String?)
        case timedOut(String)
        case cancelled
        /// No connection, or no answer.
        case failed(String)
    }

    let url: String
    /// `Name: value`
    let headers: [String]
    let body: [UInt8]
    /// For everything, from the look-up of the name on.
    let timeoutSeconds: Double
    let answerBytes: Int

    /// Loaded and made ready once in a process, and before anything else: curl_global_init(3).
    /// `nil` if it is not installed. SAFETY: it never changes.
    nonisolated(unsafe) fileprivate static let library: curl_library? = {
        var library = unsafe curl_library()
        // SAFETY: the structure outlives the call.
        guard unsafe curl_load(&library), unsafe curl_begin(library) == CURLE_OK else { return nil }
        return unsafe library
    }()

    func perform(_ cancellation: Cancellation) throws(HookError) -> Result {
        guard let library = unsafe Self.library, let handle = unsafe curl_new(library) else {
            throw .transfer("libcurl.so.4 is not installed, or does not start")
        }
        // SAFETY: the handle is valid until here, and used by this thread alone.
        defer { unsafe curl_end(library, handle) }
        let exchange = Exchange(
            tail: OutputTail(limit: answerBytes), cancellation: cancellation)
        var lines: UnsafeMutablePointer<curl_slist>?
        // SAFETY: the list is freed after the transfer that uses it.
        defer { unsafe curl_free_list(library, lines) }
        for line in headers {
            // SAFETY: the line is copied.
            guard let longer = unsafe curl_longer(library, lines, line) else {
                throw .transfer("no memory")
            }
            unsafe lines = longer
        }
        return try withExtendedLifetime(exchange) { () throws(HookError) in
            // SAFETY: the text of errors lives as long as the exchange, the handle longer.
            defer { _ = unsafe curl_set_pointer(library, handle, CURLOPT_ERRORBUFFER, nil) }
            let options = unsafe Options(library: library, handle: handle)
            try unsafe options.set(CURLOPT_HTTPHEADER, lines)
            try unsafe options.setUp(self, exchange)
            // SAFETY: the handle, the list and the exchange live on until it returns.
            let code = unsafe curl_transfer(library, handle)
            return unsafe result(code, library, handle, exchange)
        }
    }

    private func result(
        _ code: CURLcode, _ library: curl_library, _ handle: UnsafeMutableRawPointer,
        _ exchange: Exchange
    ) -> Result {
        switch code {
        case CURLE_OK:
            var status = 0
            var location: UnsafePointer<CChar>?
            // SAFETY: both variables outlive the calls; the text belongs to the handle, and is
            // copied.
            unsafe curl_get_number(library, handle, CURLINFO_RESPONSE_CODE, &status)
            unsafe curl_get_text(library, handle, CURLINFO_REDIRECT_URL, &location)
            return unsafe .answer(
                status: status, text: exchange.tail.text,
                location: location.map { unsafe String(cString: $0) })
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(exchange.message)
        case CURLE_ABORTED_BY_CALLBACK: return .cancelled
        default:
            // SAFETY: the text is a constant of the library.
            let kind = unsafe String(cString: curl_words(library, code))
            let message = exchange.message.isEmpty ? kind : exchange.message
            return .failed(
                NetworkAccess.isRefused ? "\(message): \(NetworkAccess.remedy)" : message)
        }
    }
}

/// What the callbacks of a transfer share with it, all on one thread.
@safe private final class Exchange {
    var tail: OutputTail
    let cancellation: Cancellation
    /// SAFETY: `CURL_ERROR_SIZE` characters that end with a 0, for as long as this lives.
    let errorText = UnsafeMutablePointer<CChar>.allocate(
        capacity: Int(CURL_ERROR_SIZE))

    init(tail: OutputTail, cancellation: Cancellation) {
        self.tail = tail
        self.cancellation = cancellation
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        // SAFETY: the transfer that used it is over.
        unsafe errorText.deallocate()
    }

    /// What went wrong, in detail; may be empty.
    var message: String { unsafe printable(String(cString: errorText)) }

    /// SAFETY: a pointer that `Options.setUp` made, while the transfer goes on.
    @unsafe static func at(_ pointer: UnsafeMutableRawPointer?) -> Exchange? {
        unsafe pointer.map { unsafe Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// SAFETY: whoever makes one keeps the handle valid for as long as it is used.
@unsafe private struct Options {
    let library: curl_library
    let handle: UnsafeMutableRawPointer

    func setUp(_ post: HTTPPost, _ exchange: Exchange) throws(HookError) {
        try unsafe set(CURLOPT_URL, post.url)
        try unsafe set(CURLOPT_PROTOCOLS_STR, "http,https")
        try unsafe set(CURLOPT_POST, 1)
        // SAFETY: the size of the body is set before the body, which is copied.
        try unsafe check(
            unsafe curl_set_size(
                library, handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(post.body.count)))
        try unsafe check(curl_set_pointer(library, handle, CURLOPT_COPYPOSTFIELDS, post.body))
        let milliseconds = Int(max(1, min(post.timeoutSeconds, 1e6) * 1_000))
        try unsafe set(CURLOPT_TIMEOUT_MS, milliseconds)
        try unsafe set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
        // Signals belong to the program.
        try unsafe set(CURLOPT_NOSIGNAL, 1)
        // A name server that does not answer is not waited for beyond the timeout.
        try unsafe set(CURLOPT_QUICK_EXIT, 1)
        try unsafe set(CURLOPT_FOLLOWLOCATION, 0)
        try unsafe set(CURLOPT_NOPROGRESS, 0)
        // SAFETY: the exchange outlives the transfer.
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        try unsafe check(curl_set_pointer(library, handle, CURLOPT_WRITEDATA, context))
        try unsafe check(curl_set_pointer(library, handle, CURLOPT_XFERINFODATA, context))
        try unsafe check(curl_set_pointer(library, handle, CURLOPT_ERRORBUFFER, exchange.errorText))
        try unsafe check(
            unsafe curl_set_writer(library, handle) { bytes, _, count, context in
                guard let exchange = unsafe Exchange.at(context) else { return 0 }
                // SAFETY: curl says how many bytes there are.
                exchange.tail.append(
                    unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count)))
                return count
            })
        try unsafe check(
            unsafe curl_set_progress(library, handle) { context, _, _, _, _ in
                unsafe Exchange.at(context)?.cancellation.isCancelled == true ? 1 : 0
            })
    }

    private func check(_ code: CURLcode) throws(HookError) {
        // SAFETY: the text is a constant of the library.
        guard code == CURLE_OK else {
            throw .transfer(unsafe String(cString: curl_words(library, code)))
        }
    }

    func set(_ option: CURLoption, _ number: Int) throws(HookError) {
        // SAFETY: the handle is valid.
        try unsafe check(curl_set_number(library, handle, option, number))
    }

    func set(_ option: CURLoption, _ text: String) throws(HookError) {
        // SAFETY: the text is copied.
        try unsafe check(curl_set_pointer(library, handle, option, text))
    }

    func set(
        _ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?
    ) throws(HookError) {
        // SAFETY: the list outlives the transfer.
        try unsafe check(curl_set_pointer(library, handle, option, list))
    }
}
