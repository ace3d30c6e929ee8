internal import HostSystem

/// What `--live` writes: lines, and on a terminal the newest level in place below them.
struct LiveScreen {
    /// How many characters fit into a line; `nil` if this is no terminal, where each level is a
    /// line of its own.
    let columns: Int?
    private var showsLevel = false

    init(columns: Int?) {
        self.columns = columns
    }

    /// A line that stays.
    mutating func line(_ text: String) -> String {
        defer { showsLevel = false }
        return (showsLevel ? Self.cleared : "") + printable(text) + "\n"
    }

    /// The level of a second, in place of the one before; what does not fit is cut off.
    mutating func level(_ text: String) -> String {
        guard let columns else { return line(text) }
        defer { showsLevel = true }
        // A line that is full moves some cursors to the next.
        return (showsLevel ? Self.cleared : "") + text.prefix(columns - 1)
    }

    /// What is left to write when nothing follows.
    var end: String { showsLevel ? "\n" : "" }

    /// To the beginning of the line, and erases it: ECMA-48, EL.
    private static let cleared = "\r\u{1B}[K"
}
