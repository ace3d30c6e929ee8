import Logging
import Synchronization

@testable import Monitoring

/// A log that tests can read.
final class TestLog: Sendable {
    private struct Line {
        let text: String
        let metadata: Logger.Metadata
    }

    private let lines = Mutex<[Line]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// How many lines contain a text.
    func count(_ text: String) -> Int {
        lines.withLock { $0.count { $0.text.contains(text) } }
    }

    /// What each line that contains a text is about.
    func fields(of text: String) -> [[LogField: String]] {
        lines.withLock { lines in
            lines.filter { $0.text.contains(text) }.map { line in
                LogField.allCases.reduce(into: [:]) { fields, field in
                    fields[field] = line.metadata[field.rawValue].map { "\($0)" }
                }
            }
        }
    }

    var text: String { lines.withLock { $0.map(\.text).joined(separator: "\n") } }

    private struct Handler: LogHandler {
        let log: TestLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                text: event.message.description,
                metadata: metadata.merging(event.metadata ?? [:]) { $1 })
            log.lines.withLock { $0.append(line) }
        }
    }
}
