/// Where a rule of the house is broken, and how.
struct Violation: Hashable, Comparable, CustomStringConvertible {
    var file: String
    var line: Int
    var what: String

    init(_ file: String, _ line: Int, _ what: String) {
        self.file = file
        self.line = line
        self.what = what
    }

    var description: String { "\(file):\(line): \(what)" }

    static func < (left: Violation, right: Violation) -> Bool {
        (left.file, left.line, left.what) < (right.file, right.line, right.what)
    }
}
