import Foundation
import Synchronization
import TestSupport

/// An HTTP server on a port of this machine, which answers one request after the other as it is
/// told; the last answer is that to all further ones.
final class TestWebServer: Sendable {
    enum Answer: Sendable {
        case status(Int, fields: [String] = [], body: String = "")
        /// The connection stays open, and nothing comes.
        case silence
        /// The beginning of an answer, of which the rest does not come.
        case half
        /// The connection is closed without an answer.
        case close
    }

    struct Request: Sendable {
        let head: String
        let body: [UInt8]

        /// The value of a header field.
        func field(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    private let listener: Int32
    private let received = Mutex<[Request]>([])
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)/hook?x=1" }
    var requests: [Request] { received.withLock(\.self) }

    init(_ answers: Answer...) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let status = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) | listen(descriptor, 16)
                    | getsockname(descriptor, $0, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard status == 0 else { throw TestSupportError("no port for the server") }
        Thread { [self] in
            var index = 0
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else {
                    // Here, where nobody uses the number any more: it will be that of another file.
                    close(descriptor)
                    return
                }
                answer(connection, answers[min(index, answers.count - 1)])
                index += 1
            }
        }.start()
    }

    /// Refuses connections from now on.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func answer(_ connection: Int32, _ answer: Answer) {
        guard let request = read(connection) else {
            close(connection)
            return
        }
        received.withLock { $0.append(request) }
        switch answer {
        case .status(let status, let fields, let body):
            let lines =
                ["HTTP/1.1 \(status) Word", "Content-Length: \(body.utf8.count)"] + fields + [
                    "", "",
                ]
            write(connection, lines.joined(separator: "\r\n") + body)
            close(connection)
        case .half:
            write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
        case .silence: break
        case .close: close(connection)
        }
    }

    private func write(_ connection: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let end = Array("\r\n\r\n".utf8)
        while true {
            let text = String(decoding: bytes.prefix(16_384), as: UTF8.self)
            if let head = text.range(of: "\r\n\r\n"), let start = bytes.firstRange(of: end) {
                let request = Request(
                    head: String(text[..<head.lowerBound]), body: Array(bytes[start.upperBound...]))
                let length = request.field("Content-Length").flatMap { Int($0) } ?? 0
                if request.body.count >= length { return request }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
    }
}
