internal import Formats

extension EventFormat {
    /// The whole document of records that have these fields.
    ///
    /// - Parameter table: the same for people
    func document(
        _ names: [String], _ records: [[JSONValue]], table: @autoclosure () -> String
    ) -> String {
        switch self {
        case .table: table()
        case .json: JSONValue.lines(records.map { Self.object(names, $0) })
        case .jsonl, .csv: (self == .csv ? CSVText.line(names) : "") + lines(names, records)
        }
    }

    /// Records that come one at a time.
    func lines(_ names: [String], _ records: [[JSONValue]]) -> String {
        records.map {
            self == .csv ? CSVText.line($0) : Self.object(names, $0) + "\n"
        }.joined()
    }

    private static func object(_ names: [String], _ values: [JSONValue]) -> String {
        JSONValue.object(zip(names, values).map { (key: $0, value: $1) }).text
    }
}
