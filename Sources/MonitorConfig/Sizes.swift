/// Sizes as people write them: `256 MB`, `4GB`. The units are SI: 1 MB is 1 000 000 bytes.
enum Sizes {
    private static let units: [(name: String, bytes: Int64)] = [
        ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// Bytes; `nil` if the text is not a size.
    static func bytes(_ text: String) -> Int64? {
        guard let match = text.wholeMatch(of: /([0-9]+) ?([A-Z]+)/), let count = Int64(match.1),
            let unit = units.first(where: { $0.name == match.2 })
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    static func text(_ bytes: Int64) -> String {
        let unit = units.last { bytes % $0.bytes == 0 && bytes >= $0.bytes }
        guard let unit else { return "\(bytes) bytes" }
        return "\(bytes / unit.bytes) \(unit.name)"
    }
}
