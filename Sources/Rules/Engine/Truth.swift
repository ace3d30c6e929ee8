/// Whether a condition holds, as far as it is known: missing audio is neither loud nor quiet.
enum Truth: Sendable {
    case holds, fails, unknown

    init(_ holds: Bool) {
        self = holds ? .holds : .fails
    }
}
