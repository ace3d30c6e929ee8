/// Who imports whom: the table of `ARCHITECTURE.md`, the dependencies of `Package.swift` and the
/// imports of the files have to say the same.
struct ImportRules {
    /// They come with Swift and with every Linux, and need not stand in the table.
    static let standardModules: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]

    struct Use {
        let module: String
        let file: String
        let line: Int
    }

    let page: String
    let tables: ArchitectureTables
    let manifest: PackageManifest
    /// The imports of each target that has a folder in `Sources`.
    let uses: [String: [Use]]

    init(architecture: SourceFile, manifest: String, sources: [SourceFile]) {
        page = architecture.path
        tables = ArchitectureTables(architecture)
        self.manifest = PackageManifest(manifest)
        var uses: [String: [Use]] = [:]
        for file in sources {
            guard let target = file.target else { continue }
            let imports = file.suffix == "swift" ? Import.all(in: file.text) : []
            uses[String(target), default: []] += imports.map {
                Use(module: $0.module, file: file.path, line: $0.line)
            }
        }
        self.uses = uses
    }

    func violations() -> [Violation] {
        let faults = tables.faults + manifest.faults
        // Of a target that could not be read the rest would say that it is missing.
        guard faults.isEmpty else { return faults }
        return membership() + order() + edges() + dependencies() + outsideModules()
    }

    /// Table, manifest and folders hold the same targets.
    private func membership() -> [Violation] {
        let rows = Set(tables.targets.map(\.name))
        let packaged = Set(manifest.targets.map(\.name))
        var found: [Violation] = []
        for target in uses.keys where !rows.contains(target) {
            found.append(Violation(page, 1, "Sources/\(target) is missing in the table"))
        }
        for target in manifest.targets where !rows.contains(target.name) {
            let what = "\(target.name) is missing in the table of \(page)"
            found.append(Violation(PackageManifest.path, target.line, what))
        }
        for row in tables.targets {
            if !packaged.contains(row.name) {
                let what = "\(row.name) is missing in \(PackageManifest.path)"
                found.append(Violation(page, row.line, what))
            }
            if uses[row.name] == nil {
                found.append(Violation(page, row.line, "there is no Sources/\(row.name)"))
            }
        }
        return found
    }

    /// What a target imports stands above it, and the manifest keeps the order of the table.
    private func order() -> [Violation] {
        var found: [Violation] = []
        let names = tables.targets.map(\.name)
        for (index, row) in tables.targets.enumerated() {
            for module in row.imports where names[index...].contains(module) {
                let what = "\(row.name) imports \(module), which does not stand above it"
                found.append(Violation(page, row.line, what))
            }
        }
        let packaged = manifest.targets.filter { names.contains($0.name) }
        let listed = names.filter { name in packaged.contains { $0.name == name } }
        if let (target, name) = zip(packaged, listed).first(where: { $0.name != $1 }) {
            let what = "\(target.name) stands where the table of \(page) has \(name)"
            found.append(Violation(PackageManifest.path, target.line, what))
        }
        return found
    }

    /// The files import what the row of their target says, and all of it.
    private func edges() -> [Violation] {
        var found: [Violation] = []
        for row in tables.targets {
            let used = uses[row.name] ?? []
            for use in used
            where !row.imports.contains(use.module) && !Self.standardModules.contains(use.module) {
                let what = "\(row.name) imports \(use.module), which its row in \(page) lacks"
                found.append(Violation(use.file, use.line, what))
            }
            for module in row.imports where !used.contains(where: { $0.module == module }) {
                let what = "no file of \(row.name) imports \(module)"
                found.append(Violation(page, row.line, what))
            }
        }
        return found
    }

    /// The manifest gives each target what its files import, and no more.
    private func dependencies() -> [Violation] {
        var found: [Violation] = []
        for target in manifest.targets {
            let used = Set((uses[target.name] ?? []).map(\.module))
                .subtracting(Self.standardModules)
            for module in Set(target.dependencies).symmetricDifference(used).sorted() {
                let what =
                    used.contains(module)
                    ? "\(target.name) imports \(module), on which it does not depend here"
                    : "\(target.name) depends on \(module), which no file of it imports"
                found.append(Violation(PackageManifest.path, target.line, what))
            }
        }
        return found
    }

    /// System libraries and packages are imported by those that the second table names.
    private func outsideModules() -> [Violation] {
        var found: [Violation] = []
        let libraries = manifest.targets.filter(\.isSystemLibrary)
        let ours = Set(manifest.targets.map(\.name) + tables.targets.map(\.name))
            .subtracting(libraries.map(\.name))
        let known = Dictionary(
            tables.outside.map { ($0.name, $0.importers) }, uniquingKeysWith: +)
        for (target, used) in uses {
            for use in used where !ours.contains(use.module) {
                let isFree = Self.standardModules.contains(use.module)
                guard known[use.module]?.contains(target) ?? isFree == false else { continue }
                let what =
                    known[use.module] == nil
                    ? "\(use.module) is missing in the table of outside modules of \(page)"
                    : "\(use.module) is not for \(target): \(page) names who may import it"
                found.append(Violation(use.file, use.line, what))
            }
        }
        for module in tables.outside {
            for target in module.importers
            where uses[target]?.contains(where: { $0.module == module.name }) != true {
                let what = "no file of \(target) imports \(module.name)"
                found.append(Violation(page, module.line, what))
            }
        }
        for library in libraries where known[library.name] == nil {
            let what = "\(library.name) is missing in the table of outside modules of \(page)"
            found.append(Violation(PackageManifest.path, library.line, what))
        }
        return found
    }
}
