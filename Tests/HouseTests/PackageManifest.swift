/// The targets of `Package.swift`, read from its text: `swift package` cannot be asked while it
/// runs the tests.
///
/// What makes a target may be a call of the package description (`.target`) or of a function of the
/// manifest; its name is the argument `name` or the first, its dependencies are the argument
/// `dependencies` or the first list.
struct PackageManifest {
    struct Target {
        let line: Int
        let name: String
        let dependencies: [String]
        let isSystemLibrary: Bool
    }

    static let path = "Package.swift"

    /// Those of `Sources`, in order.
    private(set) var targets: [Target] = []
    private(set) var faults: [Violation] = []

    private static let testMakers: Set<String> = [".testTarget", "tests"]

    init(_ text: String) {
        var reader = ManifestReader(text)
        let values = reader.values()
        for value in values {
            guard case .call("Package", let arguments, _) = value else { continue }
            let targets = arguments.last { $0.label == "targets" }
            for item in targets?.value.items ?? [] { add(item, values: reader.constants) }
        }
        if targets.isEmpty {
            faults.append(Violation(Self.path, 1, "no targets found in 'Package(targets: [...])'"))
        }
    }

    private mutating func add(_ item: ManifestValue, values: [String: ManifestValue]) {
        guard case .call(let maker, let arguments, let line) = item else {
            faults.append(Violation(Self.path, 1, "a target that is not made by a call: \(item)"))
            return
        }
        let path = arguments.first { $0.label == "path" }?.value.string ?? "Sources"
        guard !Self.testMakers.contains(maker), path.hasPrefix("Sources") else { return }
        guard let name = (arguments.first { $0.label == "name" } ?? arguments.first)?.value.string
        else {
            faults.append(Violation(Self.path, line, "a target without a name that can be read"))
            return
        }
        let given =
            arguments.first { $0.label == "dependencies" }
            ?? arguments.first { $0.label == nil && $0.value.isList }
        var dependencies: [String] = []
        for dependency in given?.value.items ?? [] {
            if let name = dependency.dependency(values) {
                dependencies.append(name)
            } else {
                let what = "a dependency of \(name) that cannot be read: \(dependency)"
                faults.append(Violation(Self.path, line, what))
            }
        }
        targets.append(
            Target(
                line: line, name: name, dependencies: dependencies,
                isSystemLibrary: maker == ".systemLibrary"))
    }
}

/// As much of an expression of the manifest as has to be told apart.
indirect enum ManifestValue {
    typealias Argument = (label: String?, value: ManifestValue)

    case string(String)
    case name(String)
    case list([ManifestValue])
    case call(String, [Argument], line: Int)
    case other

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var isList: Bool {
        if case .list = self { true } else { false }
    }

    var items: [ManifestValue] {
        if case .list(let items) = self { items } else { [] }
    }

    /// The name of the target or product that this depends on.
    func dependency(_ constants: [String: ManifestValue]) -> String? {
        switch self {
        case .string(let name): name
        case .name(let name): constants[name]?.dependency([:])
        case .call(_, let arguments, _): arguments.first { $0.label == "name" }?.value.string
        case .list, .other: nil
        }
    }
}
