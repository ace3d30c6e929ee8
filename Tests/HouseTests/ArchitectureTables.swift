/// The two tables of `ARCHITECTURE.md` that the import rules come from.
struct ArchitectureTables {
    struct Target {
        let line: Int
        let name: String
        /// All that the target imports, of ours and from outside.
        let imports: [String]
    }

    struct OutsideModule {
        let line: Int
        let name: String
        let importers: [String]
    }

    static let targetHeader = ["target", "one job", "imports"]
    static let outsideHeader = ["module", "may be imported by"]

    private(set) var targets: [Target] = []
    private(set) var outside: [OutsideModule] = []
    /// What could not be understood.
    private(set) var faults: [Violation] = []

    init(_ file: SourceFile) {
        for row in rows(Self.targetHeader, file) {
            guard let name = name(row, file), let imports = names(row, 2, file) else { continue }
            if row.cells[1].isEmpty {
                faults.append(Violation(file.path, row.line, "\(name) has no job"))
            }
            if targets.contains(where: { $0.name == name }) {
                faults.append(Violation(file.path, row.line, "\(name) stands in the table twice"))
            }
            targets.append(Target(line: row.line, name: name, imports: imports))
        }
        for row in rows(Self.outsideHeader, file) {
            guard let name = name(row, file), let importers = names(row, 1, file) else { continue }
            outside.append(OutsideModule(line: row.line, name: name, importers: importers))
        }
    }

    private mutating func rows(_ header: [String], _ file: SourceFile) -> [MarkdownTable.Row] {
        let title = "| " + header.joined(separator: " | ") + " |"
        guard let table = MarkdownTable(header: header, in: file) else {
            faults.append(Violation(file.path, 1, "there is no table with the header '\(title)'"))
            return []
        }
        return table.rows.filter { row in
            if row.cells.count == header.count { return true }
            let what = "\(row.cells.count) cells in a row of the table '\(title)'"
            faults.append(Violation(file.path, row.line, what))
            return false
        }
    }

    private mutating func name(_ row: MarkdownTable.Row, _ file: SourceFile) -> String? {
        if let names = MarkdownTable.names(row.cells[0]), names.count == 1 { return names[0] }
        let what = "'\(row.cells[0])' is not one name in backticks"
        faults.append(Violation(file.path, row.line, what))
        return nil
    }

    private mutating func names(
        _ row: MarkdownTable.Row, _ column: Int, _ file: SourceFile
    ) -> [String]? {
        guard let names = MarkdownTable.names(row.cells[column]) else {
            let what =
                "'\(row.cells[column])' is not a list of names in backticks with commas between, "
                + "or – for none"
            faults.append(Violation(file.path, row.line, what))
            return nil
        }
        if Set(names).count < names.count {
            faults.append(Violation(file.path, row.line, "a name stands in this row twice"))
        }
        return names
    }
}
