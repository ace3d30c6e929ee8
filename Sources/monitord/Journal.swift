internal import Foundation
internal import HostSystem
internal import Logging
internal import Monitoring

/// The systemd journal, which takes a line of the log with what it is about at a socket.
struct Journal: Sendable {
    /// The environment variable that names another socket.
    static let variable = "EARWITNESS_JOURNAL_SOCKET"
    private static let standardPath = "/run/systemd/journal/socket"
    private static let identifier = "monitord"

    private let address: UnixAddress

    /// `nil` if the path is too long for a socket.
    init?(path: String) {
        guard let address = UnixAddress(path: path) else { return nil }
        self.address = address
    }

    /// That of this machine.
    static func ofThisMachine() -> Journal? {
        Journal(path: ProcessInfo.processInfo.environment[variable] ?? standardPath)
    }

    /// Hands over a line. False if the journal cannot take it now; nobody waits for it.
    ///
    /// - Parameter metadata: of its keys, those of `LogField` become fields
    func take(_ text: String, priority: Int, _ metadata: Logger.Metadata) -> Bool {
        var entry = JournalEntry()
        entry.add("MESSAGE", text)
        entry.add("PRIORITY", "\(priority)")
        entry.add("SYSLOG_IDENTIFIER", Self.identifier)
        for field in LogField.allCases {
            guard let value = metadata[field.rawValue] else { continue }
            entry.add(Self.name(of: field), "\(value)")
        }
        return address.send(entry.datagram) == .sent
    }

    /// The name of a field of ours.
    static func name(of field: LogField) -> String {
        "EARWITNESS_" + field.rawValue.uppercased()
    }
}
