internal import Formats
public import SoundTypes

/// How events are written.
public enum EventFormat: String, Sendable, CaseIterable {
    /// Aligned columns for people.
    case table
    /// One JSON array.
    case json
    /// One JSON object per line.
    case jsonl
    /// Comma-separated values (RFC 4180) with a header line.
    case csv

    /// The whole document: what comes before the events, the events, and what comes after.
    ///
    /// - Parameter room: how many characters a line of a table may have; `nil`: any number
    public func document(_ events: [SoundEvent], within room: Int? = nil) -> String {
        switch self {
        case .table: EventTable(fitting: events, within: room).text(events)
        case .json: JSONValue.lines(events.map { JSONValue.object(EventFields.members($0)).text })
        case .jsonl, .csv: streamHeader() + stream(events)
        }
    }

    /// What comes before the first event when events come one at a time.
    public func streamHeader(within room: Int? = nil) -> String {
        switch self {
        case .table: EventTable(within: room).header
        case .csv: CSVText.line(EventFields.names)
        case .json, .jsonl: ""
        }
    }

    /// Events as they come, one at a time. An array is not a stream: `json` gives the same as
    /// `jsonl`.
    public func stream(_ events: [SoundEvent], within room: Int? = nil) -> String {
        switch self {
        case .table:
            EventTable(within: room).rows(events)
        case .csv:
            events.map { CSVText.line(EventFields.values($0)) }.joined()
        case .json, .jsonl:
            events.map { JSONValue.object(EventFields.members($0)).text + "\n" }.joined()
        }
    }
}
