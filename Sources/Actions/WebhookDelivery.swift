internal import AlertTypes
internal import Dispatch
internal import Glibc
internal import HostSystem
internal import Rules

/// One attempt to post an alert to an HTTP address.
struct WebhookDelivery: Sendable {
    let webhook: Webhook
    let run: HookRun
    let message: AlertMessage
    let timeoutSeconds: Double
    /// How much of the answer is kept.
    let outputBytes: Int

    /// libcurl waits on threads of this queue, never on those of tasks. The runner bounds how many
    /// wait at a time.
    private static let queue = DispatchQueue(label: "webhooks", attributes: .concurrent)

    /// Posts, and waits for the answer. A request in `stops` gives up.
    func run(stops: AsyncStream<Void>) async -> ActionEnding {
        let cancellation = Cancellation()
        let stopping = Task {
            for await _ in stops { cancellation.cancel() }
        }
        defer { stopping.cancel() }
        return await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: deliver(cancellation)) }
        }
    }

    private func deliver(_ cancellation: Cancellation) -> ActionEnding {
        do throws(HookError) {
            let post = try HTTPPost(
                url: url(), headers: headers(), body: body, timeoutSeconds: timeoutSeconds,
                answerBytes: outputBytes)
            return ending(try post.perform(cancellation))
        } catch {
            return ActionEnding(outcome: .failedToStart, output: error.description)
        }
    }

    private func ending(_ result: HTTPPost.Result) -> ActionEnding {
        switch result {
        case .answer(let status, let text, let location):
            let redirect = location.map {
                "the answer leads to \(printable($0)), which is not followed\n"
            }
            return ActionEnding(
                outcome: .exited, exitStatus: (200..<300).contains(status) ? 0 : status,
                output: (redirect ?? "") + text)
        case .timedOut(let reason): return ActionEnding(outcome: .timedOut, output: reason)
        case .cancelled: return ActionEnding(outcome: .interrupted)
        case .failed(let reason): return ActionEnding(outcome: .failedToStart, output: reason)
        }
    }
}

extension WebhookDelivery {
    private var body: [UInt8] { Array(message.json.utf8) }

    private func url() throws(HookError) -> String {
        let scheme = webhook.url.prefix { $0 != ":" }.lowercased()
        let isPlain = webhook.url.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard isPlain, ["http", "https"].contains(scheme), webhook.url.contains("://") else {
            throw .unusableURL(webhook.url)
        }
        return webhook.url
    }

    /// The lines of the header. The names of our own fields cannot be used for others.
    private func headers() throws(HookError) -> [String] {
        var fields = [
            ("Content-Type", "application/json"), ("User-Agent", "earwitness"),
            ("X-Earwitness-Alert", String(run.alertID)),
            ("X-Earwitness-Attempt", String(run.attempt)),
        ]
        if let path = webhook.secretFile {
            let code = SHA256.authenticationCode(of: body, key: try secret(path))
            let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            fields.append(("X-Earwitness-Signature", "sha256=" + digits))
        }
        let own = Set(fields.map { $0.0.lowercased() })
        for (name, value) in webhook.headers.sorted(by: { $0.key < $1.key }) {
            guard Self.isToken(name), Self.isFieldValue(value) else { throw .unusableHeader(name) }
            if !own.contains(name.lowercased()) { fields.append((name, value)) }
        }
        // curl sends a field without a value only if it ends with a semicolon. Without the last
        // line it would wait before it posts a long alert.
        return fields.map { $1.isEmpty ? "\($0);" : "\($0): \($1)" } + ["Expect:"]
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                let letter = UInt8(ascii: "a")...UInt8(ascii: "z")
                let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
                return letter.contains(byte | 0x20) || digit.contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    /// RFC 9110, 5.5: neither a line break nor another control character, except for a tab.
    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    /// The key in a file, without the end of its line.
    private func secret(_ path: String) throws(HookError) -> [UInt8] {
        let limit = 4_096
        var key: [UInt8]
        do throws(SystemError) {
            // A pipe must not hold up the thread; it cannot be read from its start either.
            key = try OpenFile(path: path, flags: O_RDONLY | O_NONBLOCK).start(length: limit + 1)
        } catch {
            throw .unreadableSecret(path: path, reason: error.message)
        }
        guard key.count <= limit else { throw .longSecret(path: path, limit: limit) }
        if key.last == UInt8(ascii: "\n") { key.removeLast() }
        if key.last == UInt8(ascii: "\r") { key.removeLast() }
        guard !key.isEmpty else { throw .emptySecret(path: path) }
        return key
    }
}
