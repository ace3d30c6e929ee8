// Cuts the data of ICU down to English. Usage: swift cut-icu-data.swift IN OUT
// Both are common data files of ICU: https://unicode-org.github.io/icu/userguide/icu_data
//
// This is what ICU's own data build tool does when it is given a filter ("ICU Data Build Tool" in
// the user guide): a locale whose file is missing falls back to the root locale. Left out are the
// other languages, conversions from old character sets, transliterations, dictionaries of languages
// that are written without spaces, and the names of characters.
import Foundation

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("cut-icu-data: \(message)\n".utf8))
    exit(1)
}

guard CommandLine.arguments.count == 3,
    let file = FileManager.default.contents(atPath: CommandLine.arguments[1])
else { fail("usage: cut-icu-data.swift IN OUT") }
let bytes = [UInt8](file)

func integer(at offset: Int, size: Int) -> Int {
    guard offset >= 0, offset + size <= bytes.count else { fail("the data end early") }
    return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
}

let breakRules = [
    "char", "line", "line_loose", "line_normal", "sent", "title", "word", "word_POSIX",
]
let locales = ["res_index", "en", "en_001", "en_US", "en_US_POSIX"]

/// Whether an item is kept; its name comes without the `icudt76l/` prefix.
func isKept(_ name: String) -> Bool {
    let parts = name.split(separator: "/")
    guard let base = parts.last?.split(separator: ".").first.map(String.init) else { return false }
    let kind = name.split(separator: ".").last
    switch (parts.count > 1 ? parts[0] : "", kind) {
    case ("", "nrm"): return true
    case ("", "icu"): return base != "unames"
    case ("brkitr", "brk"): return breakRules.contains(base)
    case ("coll", "icu"): return true
    case ("translit", _): return false
    // Language codes have two or three letters; anything with a longer name is for all languages.
    case (_, "res"): return base.prefix { $0 != "_" }.count > 3 || locales.contains(base)
    default: return false
    }
}

// A header that states its own length, with the magic numbers 0xDA 0x27 and the format "CmnD";
// then, counted from the end of the header: how many items there are, where the name and the data
// of each are, the names, which are sorted, and the data, each item aligned to 16 bytes.
let header = integer(at: 0, size: 2)
guard integer(at: 2, size: 2) == 0x27DA, bytes.count > header, bytes[8] == 0,
    bytes[12..<16].elementsEqual("CmnD".utf8)
else { fail("no little-endian common data of ICU") }
let count = integer(at: header, size: 4)
let items = (0..<count).map { index in
    let entry = header + 4 + 8 * index
    let start = header + integer(at: entry, size: 4)
    let name = bytes[start...].prefix { $0 != 0 }
    let data = header + integer(at: entry + 4, size: 4)
    let end = index + 1 < count ? header + integer(at: entry + 12, size: 4) : bytes.count
    guard data <= end, end <= bytes.count else { fail("the items are not in order") }
    return (name: Array(name) + [0], data: bytes[data..<end])
}
let kept = items.filter { item in
    isKept(
        String(String(decoding: item.name.dropLast(), as: UTF8.self).drop { $0 != "/" }.dropFirst())
    )
}
guard kept.contains(where: { $0.name.suffix(10).elementsEqual("/root.res\0".utf8) }) else {
    fail("there is no root locale")
}

func aligned(_ offset: Int) -> Int { (offset + 15) & ~15 }
func append(_ value: Int, to output: inout [UInt8]) {
    output += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

var output = Array(bytes[..<header])
append(kept.count, to: &output)
var nameOffset = 4 + 8 * kept.count
var dataOffset = aligned(header + nameOffset + kept.map(\.name.count).reduce(0, +)) - header
for item in kept {
    append(nameOffset, to: &output)
    append(dataOffset, to: &output)
    nameOffset += item.name.count
    dataOffset = aligned(header + dataOffset + item.data.count) - header
}
output += kept.flatMap(\.name)
for item in kept {
    output += Array(repeating: 0, count: aligned(output.count) - output.count)
    output += item.data
}
guard FileManager.default.createFile(atPath: CommandLine.arguments[2], contents: Data(output))
else { fail("cannot write \(CommandLine.arguments[2])") }
