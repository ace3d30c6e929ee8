internal import Glibc
internal import HostSystem
internal import Images
internal import Listings

/// A moment as the lines of a terminal of a certain size; no line is longer than that.
struct ListenPicture {
    /// How the power in a cell is shown.
    enum Palette: Equatable {
        /// Two bands in each cell, in the 256 colours of xterm.
        case colours
        /// Characters.
        case characters

        static var ofTerminal: Palette {
            func variable(_ name: String) -> String {
                // SAFETY: the string is copied; no thread of ours changes the environment.
                unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
            }
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).first { !$0.isEmpty } ?? ""
            let isUTF8 = locale.lowercased().contains("utf-8") || locale.contains("utf8")
            // https://no-color.org
            let isPlain = !variable("NO_COLOR").isEmpty || variable("TERM") == "dumb"
            return isUTF8 && !isPlain ? .colours : .characters
        }
    }

    /// What is this many dB below the loudest is black.
    private static let range = 60.0
    private static let decibels = 10 / log(10.0)
    private static let soundCount = 4
    private static let leastScore = 0.1
    /// From the faintest to the loudest.
    private static let shades = Array(" .:-=+*#%@")

    let title: String
    let columns: Int
    let rows: Int
    let palette: Palette

    func lines(_ moment: LiveHearing.Moment) -> [String] {
        let head = [cut(printable(title)), levelLine(moment)]
        let sounds = rows >= 12 ? soundLines(moment) : []
        let events = eventLines(moment, count: max(1, min(6, rows / 4)))
        let room = rows - head.count - sounds.count - events.count
        let picture = room >= 3 ? spectrogram(moment.columns, rows: room) : []
        return Array((head + picture + sounds + events).prefix(rows))
    }

    /// What does not fit is left out; the last column stays free, where some cursors move on.
    private func cut(_ text: String) -> String { String(text.prefix(columns - 1)) }

    private func levelLine(_ moment: LiveHearing.Moment) -> String {
        func text(_ level: Double?) -> String {
            let text = level.flatMap { $0.isFinite ? fixedPoint($0, places: 1) : nil } ?? "-"
            return String(repeating: " ", count: max(0, 6 - text.count)) + text
        }
        let values =
            "LAF \(text(moment.fast))  max \(text(moment.fastMaximum))  LAeq \(text(moment.laeq)) "
            + moment.unit
        let width = columns - values.count - 5
        guard width >= 8 else { return cut(values) }
        // The bar is that of a level relative to full scale, or of 20 to 110 dB.
        let shown = (moment.fast ?? -.infinity) - (moment.unit == "dB re full scale" ? 0 : 110)
        return cut("\(values)  [\(levelBar(shown, width: min(width, 40)))]")
    }

    private func soundLines(_ moment: LiveHearing.Moment) -> [String] {
        let shown = moment.sounds.prefix(Self.soundCount).filter { $0.score >= Self.leastScore }
        let lines = shown.map { sound in
            let label = printable(sound.label).prefix(20)
            let bar = String(repeating: "#", count: Int((20 * sound.score).rounded()))
            let space = String(repeating: " ", count: 22 - label.count)
            return cut(label + space + (fixedPoint(sound.score, places: 2) ?? "-") + "  " + bar)
        }
        return lines + Array(repeating: "", count: Self.soundCount - lines.count)
    }

    private func eventLines(_ moment: LiveHearing.Moment, count: Int) -> [String] {
        let lines = moment.events.suffix(count).map { cut(printable($0)) }
        guard lines.isEmpty else {
            return lines + Array(repeating: "", count: count - lines.count)
        }
        return [cut("no event yet; q ends")] + Array(repeating: "", count: count - 1)
    }

    // MARK: The spectrogram

    private func spectrogram(_ all: [[Float]], rows: Int) -> [String] {
        let shown = all.suffix(columns - 1)
        let bands = shown.first?.count ?? 0
        guard bands > 0 else { return Array(repeating: "", count: rows) }
        let top = Double(shown.flatMap { $0 }.max() ?? 0)
        let cellsInRow = palette == .colours ? 2 : 1
        let cells = rows * cellsInRow
        let values = shown.map { column in
            (0..<cells).map { cell in
                // The highest band is in the first row.
                let first = (cells - 1 - cell) * bands / cells
                let last = max(first + 1, (cells - cell) * bands / cells)
                let power = Double(column[first..<last].max() ?? 0)
                return max(0, 1 + (power - top) * Self.decibels / Self.range)
            }
        }
        return (0..<rows).map { row in
            palette == .characters
                ? String(values.map { Self.shade($0[row]) })
                : Self.halves(values.map { ($0[2 * row], $0[2 * row + 1]) })
        }
    }

    private static func shade(_ value: Double) -> Character {
        shades[min(shades.count - 1, Int(value * Double(shades.count)))]
    }

    /// Upper halves of cells: the foreground is the upper value, the background the lower one.
    private static func halves(_ values: [(Double, Double)]) -> String {
        var text = ""
        var last: (Int, Int)?
        for (upper, lower) in values {
            let colours = (colour(upper), colour(lower))
            if last.map({ $0 != colours }) ?? true {
                text += "\u{1B}[38;5;\(colours.0);48;5;\(colours.1)m"
            }
            last = colours
            text += "\u{2580}"
        }
        return text + "\u{1B}[0m"
    }

    /// The nearest colour of xterm's cube of 6 x 6 x 6.
    private static func colour(_ value: Double) -> Int {
        let colour = ColourMap.colour(value)
        func step(_ part: UInt8) -> Int { part < 48 ? 0 : part < 115 ? 1 : (Int(part) - 35) / 40 }
        return 16 + 36 * step(colour.red) + 6 * step(colour.green) + step(colour.blue)
    }
}
