/// A row of the database holds what no writer can have stored there.
package struct RowFault: Error, CustomStringConvertible {
    /// Which row of which table; `nil` where only a part of the row was looked at.
    var place: String?
    private let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { place.map { "\($0): \(reason)" } ?? reason }
}
