internal import Foundation

/// Correction files in the dialects in use: miniDSP UMIK-1 and UMIK-2, Dayton iMM-6 and UMM-6,
/// OmniMic, REW, FRD and `.cal`.
///
/// A row is a line that begins with a number: frequency in Hz, response in dB, and columns that are
/// ignored (phase). Tabs, spaces, a comma or a semicolon separate them. Between semicolons or tabs,
/// the comma is a decimal comma. What could be read in two ways is refused. Every other line is a
/// comment, which may contain the sensitivity.
extension MicrophoneResponse {
    private static let maximumBytes = 1 << 20
    private static let maximumRows = 100_000

    /// Reads a file.
    public init(path: String) throws(MicrophoneFileError) {
        let bytes: Data
        do {
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            // Opening a named pipe would wait for its writer, and reading a device might never end.
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw MicrophoneFileError.unreadable(
                    path: path, reason: "it is not a regular file")
            }
            let handle = try FileHandle(forReadingFrom: url)
            bytes = try handle.read(upToCount: Self.maximumBytes + 1) ?? Data()
            try handle.close()
        } catch let error as MicrophoneFileError {
            throw error
        } catch {
            let reason = (error as NSError).localizedFailureReason
            throw .unreadable(path: path, reason: reason ?? error.localizedDescription)
        }
        try self.init(bytes: [UInt8](bytes), path: path)
    }

    /// Parses the content of a file. Anything in it that is not UTF-8 is replaced; only comments
    /// can contain it.
    public init(bytes: [UInt8], path: String) throws(MicrophoneFileError) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge(path: path) }
        guard !Self.isUTF16(bytes) else { throw .wrongEncoding(path: path) }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = String(
            decoding: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
        var points: [Point] = []
        var sensitivity = MicrophoneSensitivity()
        // CR LF is one Character, and a newline.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        // One decimal point in a row says that the commas of all others are no decimal commas.
        let hasPoint = lines.contains { Self.isRow($0) && $0.contains(".") }
        for (index, line) in lines.enumerated() {
            do throws(RowFault) {
                guard try Self.isRow(checking: line) else {
                    sensitivity.read(line)
                    continue
                }
                let point = try Self.point(line, fileHasPoint: hasPoint)
                if let last = points.last, point.hertz <= last.hertz {
                    throw RowFault("the frequencies must rise; the row before has \(last.hertz) Hz")
                }
                points.append(point)
            } catch {
                throw .badLine(
                    path: path, line: index + 1, text: Self.excerpt(line), reason: error.reason)
            }
            guard points.count <= Self.maximumRows else { throw .tooLarge(path: path) }
        }
        guard points.count >= 2 else { throw .tooFewRows(path: path, found: points.count) }
        let file = URL(fileURLWithPath: path).lastPathComponent
        let serial = sensitivity.serialNumber.map { " (serial number \($0))" } ?? ""
        self.init(
            name: file + serial, points: points,
            indicativeFullScaleDecibels: sensitivity.fullScaleDecibels)
    }

    /// Why a row is refused.
    private struct RowFault: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// Whether a line begins with a number, or with what some programs print instead of one.
    private static func isRow(_ line: Substring) -> Bool {
        let word = line.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }.lowercased()
        let digits = word.drop { "+-.".contains($0) }
        guard let first = digits.first else { return false }
        return first.isASCII && first.isNumber || digits.hasPrefix("nan")
            || ["inf", "infinity"].contains(digits)
    }

    /// Whether a line is a row; numbers in quotation marks would otherwise pass as comments.
    private static func isRow(checking line: Substring) throws(RowFault) -> Bool {
        guard !hasQuotedNumber(line) else {
            throw RowFault("numbers in quotation marks are not accepted; write them without")
        }
        return isRow(line)
    }

    /// Whether a line begins with a number in quotation marks and a separator.
    private static func hasQuotedNumber(_ line: Substring) -> Bool {
        let start = line.drop(while: \.isWhitespace)
        guard start.first == "\"" else { return false }
        let inside = start.dropFirst().prefix { $0 != "\"" }
        let rest = start[inside.endIndex...].dropFirst().drop { $0 == " " }
        return inside.allSatisfy { "0123456789+-.,eE ".contains($0) }
            && inside.contains(where: \.isNumber) && rest.first.map { ",;\t".contains($0) } ?? false
    }

    /// Whether a line begins like `1,000.0`.
    private static func hasThousands(_ line: Substring) -> Bool {
        let word = line.drop(while: \.isWhitespace).prefix { "0123456789,.".contains($0) }
        guard let point = word.firstIndex(of: ".") else { return false }
        let groups = word[..<point].split(separator: ",", omittingEmptySubsequences: false)
        return groups.count > 1 && (1...3).contains(groups[0].count)
            && groups.dropFirst().allSatisfy { $0.count == 3 }
    }

    /// Half of the bytes of a text in UTF-16 are zero, and none in UTF-8.
    private static func isUTF16(_ bytes: [UInt8]) -> Bool {
        let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
        let zeros = bytes.count { $0 == 0 }
        return marks.contains { bytes.starts(with: $0) } || zeros > bytes.count / 4
    }

    private static func point(
        _ line: Substring, fileHasPoint: Bool
    ) throws(RowFault) -> Point {
        let fields = try fields(line, fileHasPoint: fileHasPoint)
        guard fields.count >= 2 else {
            throw RowFault("a row needs a frequency in Hz and a response in dB")
        }
        let (hertz, decibels) = (try number(fields[0]), try number(fields[1]))
        guard hertz > 0, hertz <= 1e6 else {
            throw RowFault("the frequency is \(hertz) Hz; accepted is more than 0 and up to 1e6")
        }
        guard decibels.magnitude <= 40 else {
            throw RowFault("the response is \(decibels) dB; accepted is -40 to 40")
        }
        return Point(hertz: hertz, decibels: decibels)
    }

    private static func fields(
        _ line: Substring, fileHasPoint: Bool
    ) throws(RowFault) -> [String] {
        guard !hasThousands(line) else {
            throw RowFault("commas between thousands are not accepted; write 1000.00")
        }
        if line.contains(";") { return decimalCommas(line.split(separator: ";")) }
        let columns = line.split(separator: "\t").filter { !trimmed($0).isEmpty }
        if columns.count > 1, !columns.contains(where: isList) { return decimalCommas(columns) }
        let words = line.split(whereSeparator: \.isWhitespace)
        guard line.contains(",") else { return words.map(String.init) }
        // "20,5 -0,3" could be 20.5 and -0.3, or 20, 5 and more; "20,-1,20" 20 and -1.20, or 20, -1
        // and a phase.
        let commas = line.count { $0 == "," }
        let isAmbiguous =
            words.count > 1 && words.contains { $0.dropFirst().dropLast().contains(",") }
            || commas > 1 && words.count == 1 && !fileHasPoint
            || commas > 2 && !line.contains(".")
        guard !isAmbiguous else {
            throw RowFault(
                "it is not clear which commas are decimal commas; these are accepted with ';' or "
                    + "tabs between the columns only, otherwise write decimal points")
        }
        return line.split(separator: ",").map(trimmed)
    }

    /// Whether a column has more than a decimal comma in it: spaces, or another comma.
    private static func isList(_ column: Substring) -> Bool {
        let text = trimmed(column)
        return text.contains(where: \.isWhitespace) || text.count { $0 == "," } > 1
            || text.hasSuffix(",")
    }

    private static func decimalCommas(_ columns: [Substring]) -> [String] {
        columns.map { trimmed($0).replacing(",", with: ".") }
    }

    private static func trimmed(_ text: Substring) -> String {
        text.trimmingCharacters(in: .whitespaces)
    }

    private static func number(_ text: String) throws(RowFault) -> Double {
        // Double would accept hexadecimal numbers and "nan", too.
        guard text.allSatisfy({ "0123456789+-.eE".contains($0) }), let number = Double(text),
            number.isFinite
        else { throw RowFault("'\(excerpt(text[...]))' is not a number such as 1000 or -0.25") }
        return number
    }

    /// The beginning of a line, without control characters.
    private static func excerpt(_ line: Substring) -> String {
        let start = line.prefix(40)
        let scalars = start.unicodeScalars.map {
            $0.properties.generalCategory == .control ? " " : $0
        }
        let text = String(String.UnicodeScalarView(scalars))
        return start.endIndex == line.endIndex ? text : text + "…"
    }
}
