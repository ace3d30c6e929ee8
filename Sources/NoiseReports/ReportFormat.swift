/// How a noise report is written.
public enum ReportFormat: String, Sendable, CaseIterable {
    /// For people, on a terminal.
    case text
    /// One JSON object with all figures.
    case json
    /// The hours as comma-separated values (RFC 4180).
    case csv
    /// One file for a browser and for paper.
    case html

    public func document(_ report: NoiseReport) -> String {
        switch self {
        case .text: report.text
        case .json: report.json
        case .csv: report.csv
        case .html: report.html
        }
    }
}
