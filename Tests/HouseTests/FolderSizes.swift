/// Folders that hold too many files for their names to be taken in at a glance.
enum FolderSizes {
    static let mostFiles = 25

    static func violations(_ files: [SourceFile]) -> [Violation] {
        let sources = files.filter { $0.target != nil && $0.suffix == "swift" }
        let folders = Dictionary(grouping: sources) { $0.path.dropLast($0.name.count + 1) }
        return folders.filter { $0.value.count > mostFiles }.map { folder, files in
            let what = "\(files.count) Swift files in one folder, \(mostFiles) at most"
            return Violation(String(folder), 1, what)
        }
    }
}
