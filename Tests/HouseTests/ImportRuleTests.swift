import Testing

/// Each way in which imports can break the rules, on a small house.
@Suite struct ImportRuleTests {
    @Test func aHouseInOrder() {
        #expect(House().violations.isEmpty)
    }

    @Test func anImportThatTheTableLacks() {
        var house = House()
        house.sources["Sources/Meter/Peak.swift"] = "@_spi(In) @testable import struct Disk.A.B"
        #expect(
            house.violations == [
                "Package.swift:15: Meter imports Disk, on which it does not depend here",
                "Sources/Meter/Peak.swift:1: Meter imports Disk, which its row in "
                    + "ARCHITECTURE.md lacks",
            ])
    }

    @Test func aTableEntryThatNobodyImports() {
        var house = House()
        house.page.replace("| arguments | ", with: "| arguments | `Words`, ")
        #expect(house.violations == ["ARCHITECTURE.md:9: no file of program imports Words"])
    }

    @Test func aDependencyThatNobodyImports() {
        var house = House()
        house.manifest.replace(#"room("Words")"#, with: #"room("Words", [fast])"#)
        #expect(
            house.violations == [
                "Package.swift:14: Words depends on Fast, which no file of it imports"
            ])
    }

    @Test func aTargetThatOneOfThemLacks() {
        var house = House()
        house.page.replace("| `Disk` | keeps | `Words` |\n", with: "")
        #expect(
            house.violations == [
                "ARCHITECTURE.md:1: Sources/Disk is missing in the table",
                "Package.swift:16: Disk is missing in the table of ARCHITECTURE.md",
            ])
        house = House()
        house.manifest.replace(#"room("Disk", ["Words"]),"#, with: "")
        #expect(house.violations == ["ARCHITECTURE.md:8: Disk is missing in Package.swift"])
        house = House()
        house.sources["Sources/Disk/File.swift"] = nil
        #expect(house.violations.contains("ARCHITECTURE.md:8: there is no Sources/Disk"))
    }

    @Test func anImportFromBelow() {
        var house = House()
        house.page.replace("| `Words` | values | – |", with: "| `Words` | values | `Disk` |")
        house.manifest.replace(#"room("Words")"#, with: #"room("Words", ["Disk"])"#)
        house.sources["Sources/Words/Level.swift"] = "import Disk"
        #expect(
            house.violations == [
                "ARCHITECTURE.md:6: Words imports Disk, which does not stand above it"
            ])
    }

    @Test func anotherOrderInTheManifest() {
        var house = House()
        house.manifest.replace(#"room("Words"),"#, with: "")
        let disk = #"room("Disk", ["Words"]),"#
        house.manifest.replace(disk, with: disk + #"room("Words"),"#)
        #expect(
            house.violations == [
                "Package.swift:15: Meter stands where the table of ARCHITECTURE.md has Words"
            ])
    }

    @Test func anOutsideModuleElsewhere() {
        var house = House()
        house.sources["Sources/Disk/File.swift"] = "import Words\nimport CFast"
        house.manifest.replace(#"["Words"]"#, with: #"["Words", "CFast"]"#)
        house.page.replace("| keeps | `Words` |", with: "| keeps | `Words`, `CFast` |")
        #expect(
            house.violations == [
                "Sources/Disk/File.swift:2: CFast is not for Disk: ARCHITECTURE.md names who may "
                    + "import it"
            ])
    }

    @Test func anOutsideModuleThatNoTableHas() {
        var house = House()
        house.page.replace("| `CFast` | `Meter` |\n", with: "")
        #expect(
            house.violations == [
                "Package.swift:13: CFast is missing in the table of outside modules of "
                    + "ARCHITECTURE.md",
                "Sources/Meter/Meter.swift:2: CFast is missing in the table of outside modules of "
                    + "ARCHITECTURE.md",
            ])
    }

    @Test func aStandardModuleIsForAllUnlessTheTableNamesIt() {
        var house = House()
        house.sources["Sources/Disk/File.swift"] = "import Words\nimport Foundation"
        #expect(house.violations.isEmpty)
        house.page += "| `Foundation` | `Meter` |\n"
        #expect(
            house.violations == [
                "ARCHITECTURE.md:15: no file of Meter imports Foundation",
                "Sources/Disk/File.swift:2: Foundation is not for Disk: ARCHITECTURE.md names who "
                    + "may import it",
            ])
    }

    @Test(arguments: [
        ("| `Meter` | levels |", "| Meter | levels |", "'Meter' is not one name in backticks"),
        ("`Words`, `CFast`", "`Words` `CFast`", "'`Words` `CFast`' is not a list of names"),
        ("| `Meter` | levels |", "| `Meter` | |", "Meter has no job"),
        ("`Words`, `CFast`", "`Words`, `CFast`, `Words`", "a name stands in this row twice"),
        ("| target | one job | imports |", "| target | job | imports |", "there is no table"),
        ("| levels |", "| levels | peaks |", "4 cells in a row"),
    ])
    func aTableThatCannotBeRead(part: String, other: String, message: String) {
        var house = House()
        house.page.replace(part, with: other)
        #expect(house.violations.contains { $0.contains(message) }, "\(house.violations)")
    }

    @Test func aManifestThatCannotBeRead() {
        var house = House()
        house.manifest.replace("targets: [", with: "rooms: [")
        #expect(
            house.violations.contains(
                "Package.swift:1: no targets found in 'Package(targets: [...])'"))
        house = House()
        house.manifest.replace(
            #"room("Disk", ["Words"])"#, with: #"room("Disk", ["Words", what(3)])"#)
        let start = "Package.swift:16: a dependency of Disk"
        #expect(house.violations.contains { $0.hasPrefix(start) })
    }
}

/// Three targets over a system library and a package.
private struct House {
    var page = """
        # The house

        | target | one job | imports |
        |---|---|---|
        | `CFast` | a module map | – |
        | `Words` | values | – |
        | `Meter` | levels | `Words`, `CFast` |
        | `Disk` | keeps | `Words` |
        | `program` | arguments | `Meter`, `Disk`, `Fast` |

        | module | may be imported by |
        |---|---|
        | `CFast` | `Meter` |
        | `Fast` | `program` |

        """
    var manifest = """
        let house: [SwiftSetting] = [.swiftLanguageMode(.v6)]
        // room("Nothing")
        func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
            .target(name: name, dependencies: dependencies, swiftSettings: house)
        }
        let fast = Target.Dependency.product(
            name: "Fast", package: "swift-fast")

        let package = Package(
            name: "house",
            products: [.library(name: "Rooms", targets: ["Words", "Meter"])],
            targets: [
                .systemLibrary(name: "CFast", pkgConfig: "fast", providers: [.apt(["libfast"])]),
                room("Words"),
                room("Meter", ["Words"] + ["CFast"]),
                room("Disk", ["Words"]),
                .executableTarget(
                    name: "program", dependencies: ["Meter", .target(name: "Disk"), fast]),
                .target(name: "TestSupport", dependencies: ["CFast"], path: "Tests/TestSupport"),
                tests("Meter"),
            ])
        """
    var sources: [String: String?] = [
        "Sources/CFast/shim.h": "#include <fast.h>",
        "Sources/Words/Level.swift": "// import Disk\nlet text = \"import Disk\"",
        "Sources/Meter/Meter.swift": "public import Words\ninternal import CFast",
        "Sources/Disk/File.swift": "import Words; import Synchronization",
        "Sources/program/main.swift": "import Meter\nimport Disk\nimport Fast.Quick",
    ]

    var violations: [String] {
        let files = sources.compactMap { path, text in text.map { SourceFile(path, $0) } }
        let rules = ImportRules(
            architecture: SourceFile("ARCHITECTURE.md", page), manifest: manifest, sources: files)
        return Set(rules.violations()).sorted().map(\.description)
    }
}

extension String {
    fileprivate mutating func replace(_ part: String, with other: String) {
        self = replacing(part, with: other)
    }
}
