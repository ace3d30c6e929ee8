import CPNG
import Testing

@testable import Images

@Suite struct CanvasTests {
    private static let red = Colour(0xFF0000)

    /// The file is read by libpng itself, whose reader shares no code with the writer.
    @Test func aFileHoldsThePixels() throws {
        var canvas = Canvas(width: 37, height: 11)
        for y in 0..<11 {
            for x in 0..<37 { canvas[x, y] = Colour(UInt32(x * 7 << 16 | y * 23 << 8 | x ^ y)) }
        }
        #expect(try read(canvas.png(), width: 37, height: 11) == canvas.bytes)
    }

    @Test func theSmallestPictureIsAFile() throws {
        let canvas = Canvas(width: 1, height: 1, background: Self.red)
        #expect(try read(canvas.png(), width: 1, height: 1) == [255, 0, 0])
    }

    @Test func whatLiesOutsideIsNotDrawn() {
        var canvas = Canvas(width: 4, height: 3)
        canvas.fill(x: -2, y: -2, width: 4, height: 3, Self.red)
        canvas.fill(x: 3, y: 2, width: 9, height: 9, Self.red)
        canvas.polyline([(-50, -50), (-20, 90)], Self.red, thickness: 3)
        #expect(rows(canvas) == ["##..", "....", "...#"])
    }

    /// 'A' of 6x13, as X shows it.
    @Test func textIsThatOfTheFont() {
        var canvas = Canvas(width: 6, height: 13)
        canvas.text("A", x: 0, y: 0, Self.red)
        #expect(
            rows(canvas) == [
                "......", "......", "..#...", ".#.#..", "#...#.", "#...#.", "#...#.", "#####.",
                "#...#.", "#...#.", "#...#.", "......", "......",
            ])
    }

    @Test func whatIsNotASCIIIsAQuestionMark() {
        var (odd, mark) = (Canvas(width: 12, height: 13), Canvas(width: 12, height: 13))
        odd.text("é\u{7}", x: 0, y: 0, Self.red)
        mark.text("??", x: 0, y: 0, Self.red)
        #expect(odd == mark)
    }

    @Test(arguments: [
        (Canvas.Alignment.left, 10), (Canvas.Alignment.centre, 7), (Canvas.Alignment.right, 4),
    ])
    func textIsAligned(_ alignment: Canvas.Alignment, _ left: Int) {
        var (aligned, plain) = (Canvas(width: 20, height: 13), Canvas(width: 20, height: 13))
        aligned.text("x", x: 10, y: 0, Self.red, align: alignment)
        plain.text("x", x: left, y: 0, Self.red)
        #expect(aligned == plain)
    }

    /// A line of thickness 3 covers the pixels at most 1.5 away, and half those at the edge.
    @Test func aLineHasSmoothEdges() {
        var canvas = Canvas(width: 9, height: 7)
        canvas.polyline([(0, 3), (4, 3), (8, 3)], .black, thickness: 3)
        let column = (0..<7).map { canvas[4, $0].red }
        #expect(column == [255, 255, 0, 0, 0, 255, 255])
        canvas = Canvas(width: 9, height: 7)
        canvas.polyline([(0, 3), (8, 3)], .black, thickness: 2)
        #expect((0..<7).map { canvas[4, $0].red } == [255, 255, 128, 0, 128, 255, 255])
    }

    @Test func dashesAreAsLongAsTheGaps() {
        var canvas = Canvas(width: 8, height: 1)
        canvas.horizontal(x: 0, y: 0, width: 8, Self.red, dash: 2)
        #expect(rows(canvas) == ["##..##.."])
    }

    private func rows(_ canvas: Canvas) -> [String] {
        (0..<canvas.height).map { y in
            String((0..<canvas.width).map { canvas[$0, y] == .white ? "." : "#" } as [Character])
        }
    }

    private func read(_ file: [UInt8], width: UInt32, height: UInt32) throws -> [UInt8] {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        let isOpen = file.withUnsafeBytes {
            png_image_begin_read_from_memory(&image, $0.baseAddress, $0.count)
        }
        try #require(isOpen != 0)
        #expect(image.width == width && image.height == height)
        #expect(image.format == png_uint_32(PNG_FORMAT_FLAG_COLOR))
        var pixels = [UInt8](repeating: 0, count: Int(width * height * 3))
        try #require(png_image_finish_read(&image, nil, &pixels, 0, nil) != 0)
        return pixels
    }
}

@Suite struct ColourMapTests {
    @Test func theEndsAreThoseOfMagma() {
        #expect(ColourMap.colour(0) == Colour(0x000004))
        #expect(ColourMap.colour(1) == Colour(0xFCFDBF))
        #expect(ColourMap.colour(0.5) == Colour(0xB73779))
        #expect(ColourMap.colour(-3) == ColourMap.colour(0))
        #expect(ColourMap.colour(7) == ColourMap.colour(1))
    }

    /// Rec. 709 weights; more is lighter, even in grey.
    @Test func moreIsLighter() {
        let lightness = (0...100).map { step in
            let colour = ColourMap.colour(Double(step) / 100)
            return 0.2126 * Double(colour.red) + 0.7152 * Double(colour.green)
                + 0.0722 * Double(colour.blue)
        }
        #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $0 < $1 })
    }
}
