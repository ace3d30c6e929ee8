internal import Formats
internal import HostSystem

/// How wide a chart is drawn. Both sizes are in the report; the browser shows the one that fits, so
/// that text stays readable on a phone.
enum ChartSize: String, CaseIterable {
    case wide
    case narrow

    var width: Double { self == .wide ? 960 : 380 }
    /// In the units of the drawing.
    var fontSize: Double { self == .wide ? 13 : 11.5 }
}

/// A drawing as inline SVG 1.1, drawn from back to front.
struct Drawing {
    let size: ChartSize
    let height: Double
    /// What the drawing shows, in a sentence or two, for those who cannot see it.
    let description: String
    private var body = ""

    init(_ size: ChartSize, height: Double, description: String) {
        self.size = size
        self.height = height
        self.description = description
    }

    var width: Double { size.width }

    enum Anchor: String {
        case start, middle, end
    }

    mutating func text(
        _ text: String, x: Double, y: Double, anchor: Anchor = .start, style: String = "label"
    ) {
        body +=
            "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
            + "text-anchor=\"\(anchor.rawValue)\" class=\"\(style)\">"
            + "\(HTMLText.escaped(text))</text>\n"
    }

    /// - Parameter style: a class of the style sheet
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, style: String? = nil,
        fill: String? = nil
    ) {
        body +=
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
            + "width=\"\(Self.number(max(0, width)))\" "
            + "height=\"\(Self.number(max(0, height)))\"" + Self.look(style, fill) + "/>\n"
    }

    mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, style: String) {
        path("M\(Self.number(x1)) \(Self.number(y1))L\(Self.number(x2)) \(Self.number(y2))", style)
    }

    mutating func circle(x: Double, y: Double, radius: Double, style: String) {
        body +=
            "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" "
            + "r=\"\(Self.number(radius))\" class=\"\(style)\"/>\n"
    }

    mutating func path(_ data: String, _ style: String? = nil, fill: String? = nil) {
        guard !data.isEmpty else { return }
        body += "<path d=\"\(data)\"" + Self.look(style, fill) + "/>\n"
    }

    /// Diagonal lines: not measured.
    mutating func hatched(x: Double, y: Double, width: Double, height: Double) {
        rectangle(x: x, y: y, width: width, height: height, style: "missing")
        var lines = ""
        // Lines from the left and lower edges, each cut off at the upper and right ones.
        for start in stride(from: 6.0, to: width + height, by: 6) {
            let (x1, y1) = start < height ? (x, y + start) : (x + start - height, y + height)
            let length = min(x + width - x1, y1 - y)
            lines +=
                "M\(Self.number(x1)) \(Self.number(y1))"
                + "l\(Self.number(length)) \(Self.number(-length))"
        }
        path(lines, "hatch")
    }

    var svg: String {
        let label = HTMLText.escaped(description)
        return """
            <svg class="\(size.rawValue)" xmlns="http://www.w3.org/2000/svg" role="img" \
            viewBox="0 0 \(Self.number(width)) \(Self.number(height))" \
            font-size="\(size.fontSize)" aria-label="\(label)">
            \(body)</svg>

            """
    }

    /// To a tenth of a unit, without a redundant `.0`.
    static func number(_ value: Double) -> String {
        let text = fixedPoint(value, places: 1) ?? "0"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func look(_ style: String?, _ fill: String?) -> String {
        (style.map { " class=\"\($0)\"" } ?? "") + (fill.map { " fill=\"\($0)\"" } ?? "")
    }
}
