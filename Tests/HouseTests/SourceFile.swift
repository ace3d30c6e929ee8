import Glibc

/// A text file of the package, by its path from the root.
struct SourceFile: Sendable {
    let path: String
    let text: String

    /// Without the empty one after the last newline.
    let lines: [Substring]

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        var lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
            .map { Substring($0) }
        if lines.last == "" { lines.removeLast() }
        self.lines = lines
    }

    /// Whether these bytes are anywhere in the text.
    func holds(_ part: String) -> Bool { !text.offsets(of: part).isEmpty }

    var name: Substring { path.split(separator: "/").last ?? "" }

    /// `swift` of `Sources/Fourier/RealFFT.swift`; empty where the name has no dot.
    var suffix: Substring {
        guard let dot = name.lastIndex(of: ".") else { return "" }
        return name[name.index(after: dot)...]
    }

    /// `Fourier` of `Sources/Fourier/RealFFT.swift`, wherever below it the file lies.
    var target: Substring? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? parts[1] : nil
    }

    var isPython: Bool { suffix == "py" || interpreter.contains("python") }
    var isC: Bool { suffix == "c" || suffix == "h" }
    var isShell: Bool { suffix == "sh" || interpreter.hasSuffix("sh") }

    /// The first line of a script.
    private var interpreter: Substring {
        guard text.hasPrefix("#!") else { return "" }
        return text.prefix { $0 != "\n" }
    }
}

extension String {
    /// The places of `part`, in bytes. Neither holds a zero, so C can search, which is quick.
    func offsets(of part: String) -> [Int] {
        withCString { text in
            var found: [Int] = []
            var start = text
            while let place = strstr(start, part) {
                found.append(place - UnsafeMutablePointer(mutating: text))
                start = UnsafePointer(place) + part.utf8.count
            }
            return found
        }
    }
}
