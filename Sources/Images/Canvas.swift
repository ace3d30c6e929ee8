internal import Foundation

/// An image to draw in: pixels, counted from the upper left corner. Whatever falls outside is not
/// drawn.
public struct Canvas: Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// [height][width][red, green, blue]
    private(set) var bytes: [UInt8]

    public init(width: Int, height: Int, background: Colour = .white) {
        precondition(width > 0 && height > 0)
        self.width = width
        self.height = height
        bytes = []
        bytes.reserveCapacity(3 * width * height)
        for _ in 0..<(width * height) {
            bytes += [background.red, background.green, background.blue]
        }
    }

    /// The colour of a pixel inside the image.
    public subscript(x: Int, y: Int) -> Colour {
        get {
            let place = 3 * (y * width + x)
            var colour = Colour.black
            (colour.red, colour.green, colour.blue) = (
                bytes[place], bytes[place + 1], bytes[place + 2]
            )
            return colour
        }
        set {
            let place = 3 * (y * width + x)
            bytes[place] = newValue.red
            bytes[place + 1] = newValue.green
            bytes[place + 2] = newValue.blue
        }
    }

    /// Puts a colour over a pixel.
    ///
    /// - Parameter cover: how much of it, 0 to 1
    public mutating func put(_ colour: Colour, x: Int, y: Int, cover: Double = 1) {
        guard (0..<width).contains(x), (0..<height).contains(y), cover > 0 else { return }
        self[x, y] = cover >= 1 ? colour : self[x, y].blended(with: colour, cover)
    }

    /// Fills a rectangle.
    public mutating func fill(
        x: Int, y: Int, width: Int, height: Int, _ colour: Colour, cover: Double = 1
    ) {
        guard width > 0, height > 0 else { return }
        for row in y..<(y + height) {
            for column in x..<(x + width) { put(colour, x: column, y: row, cover: cover) }
        }
    }

    /// The outline of a rectangle, one pixel wide, inside its edges.
    public mutating func frame(x: Int, y: Int, width: Int, height: Int, _ colour: Colour) {
        fill(x: x, y: y, width: width, height: 1, colour)
        fill(x: x, y: y + height - 1, width: width, height: 1, colour)
        fill(x: x, y: y, width: 1, height: height, colour)
        fill(x: x + width - 1, y: y, width: 1, height: height, colour)
    }

    /// A horizontal line one pixel wide, `dash` pixels on and as many off; 0: without gaps.
    public mutating func horizontal(
        x: Int, y: Int, width: Int, _ colour: Colour, dash: Int = 0, cover: Double = 1
    ) {
        for column in 0..<max(0, width) where dash == 0 || column / dash % 2 == 0 {
            put(colour, x: x + column, y: y, cover: cover)
        }
    }

    /// A vertical line one pixel wide, `dash` pixels on and as many off; 0: without gaps.
    public mutating func vertical(
        x: Int, y: Int, height: Int, _ colour: Colour, dash: Int = 0, cover: Double = 1
    ) {
        for row in 0..<max(0, height) where dash == 0 || row / dash % 2 == 0 {
            put(colour, x: x, y: y + row, cover: cover)
        }
    }

    /// A line through points, with smooth edges. A pixel is covered by as much as its centre is
    /// within half the thickness of the line.
    public mutating func polyline(
        _ points: [(x: Double, y: Double)], _ colour: Colour, thickness: Double
    ) {
        guard let first = points.first else { return }
        let reach = thickness / 2 + 1
        var covers: [Int: Double] = [:]  // by pixel: joints must not be covered twice
        for (from, to) in zip(points.count > 1 ? points : [first, first], points.dropFirst()) {
            let columns = Int(min(from.x, to.x) - reach)...Int(max(from.x, to.x) + reach)
            let rows = Int(min(from.y, to.y) - reach)...Int(max(from.y, to.y) + reach)
            for y in rows.clamped(to: 0...(height - 1)) {
                for x in columns.clamped(to: 0...(width - 1)) {
                    let away = Self.distance((Double(x), Double(y)), from: from, to: to)
                    let cover = min(max(thickness / 2 + 0.5 - away, 0), 1)
                    covers[y * width + x] = max(covers[y * width + x] ?? 0, cover)
                }
            }
        }
        for (place, cover) in covers {
            put(colour, x: place % width, y: place / width, cover: cover)
        }
    }

    /// The distance of a point from the segment between two others.
    private static func distance(
        _ point: (x: Double, y: Double), from: (x: Double, y: Double), to: (x: Double, y: Double)
    ) -> Double {
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let square = dx * dx + dy * dy
        let along = (point.x - from.x) * dx + (point.y - from.y) * dy
        let share = square > 0 ? min(max(along / square, 0), 1) : 0
        return hypot(point.x - from.x - share * dx, point.y - from.y - share * dy)
    }
}

extension Canvas {
    public enum Alignment: Sendable {
        case left, centre, right
    }

    /// Writes a text in `FixedFont`.
    ///
    /// - Parameters:
    ///   - x: its left edge, middle or right edge
    ///   - y: its upper edge
    ///   - isBold: drawn twice, one pixel apart
    public mutating func text(
        _ text: String, x: Int, y: Int, _ colour: Colour, align: Alignment = .left,
        isBold: Bool = false
    ) {
        let length = text.count * FixedFont.width
        var left =
            switch align {
            case .left: x
            case .centre: x - length / 2
            case .right: x - length
            }
        for character in text {
            for (row, bits) in FixedFont.rows(of: character).enumerated() {
                for column in 0..<FixedFont.width
                where bits >> (FixedFont.width - 1 - column) & 1 == 1 {
                    put(colour, x: left + column, y: y + row)
                    if isBold { put(colour, x: left + column + 1, y: y + row) }
                }
            }
            left += FixedFont.width
        }
    }
}
