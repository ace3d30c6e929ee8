/// From one moment of alerts to another, in seconds.
///
/// Percentiles are by nearest rank: of `n` values in order, the `p`-th percentile is the one at
/// `ceil(p / 100 * n)`, counted from 1.
public struct Latency: Sendable, Hashable, Codable {
    /// How many alerts it is of.
    public let count: Int
    public let p50: Double
    public let p95: Double
    public let p99: Double
    public let maximum: Double

    /// `nil` if there are none.
    public init?(_ seconds: [Double]) {
        let sorted = seconds.sorted()
        guard let last = sorted.last else { return nil }
        let percentile = { (percent: Int) in
            sorted[(percent * sorted.count + 99) / 100 - 1]
        }
        count = sorted.count
        (p50, p95, p99) = (percentile(50), percentile(95), percentile(99))
        maximum = last
    }

    private enum CodingKeys: String, CodingKey {
        case count, p50, p95, p99
        case maximum = "max"
    }
}
