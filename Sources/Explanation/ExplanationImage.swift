internal import Foundation
internal import HostSystem
public import Images
internal import SoundTypes
internal import Spectrogram

/// An explanation as an image: the spectrogram with the parts that carried the score outlined, what
/// each band and each time was worth, and the scores with their thresholds.
public struct ExplanationImage {
    /// Positions in the image, in pixels.
    enum Layout {
        static let width = 1_000
        static let height = 664
        static let left = 60
        static let right = 824
        static let spectrogram = 70..<390
        static let times = 398..<438
        static let scores = 466..<626
        static let panel = 840
        static let panelRight = 984
    }

    static let ink = Colour(0x202020)
    static let faint = Colour(0xD8D8D8)
    static let gain = Colour(0x0072B2)
    static let against = Colour(0x999999)
    static let outline = Colour(0x00E5FF)
    /// The label, then its rivals: colours that colour-blind people can tell apart (Okabe and Ito,
    /// "Color Universal Design", 2008).
    static let curves = [0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7].map { Colour($0) }

    let explanation: Explanation
    let report: ExplanationReport
    var evidence: Evidence { explanation.evidence }

    public init(_ explanation: Explanation) {
        self.explanation = explanation
        report = ExplanationReport(explanation)
    }

    public var canvas: Canvas {
        var canvas = Canvas(width: Layout.width, height: Layout.height)
        drawHead(&canvas)
        drawSpectrogram(&canvas)
        drawColours(&canvas)
        drawFrequencies(&canvas)
        if let occlusion = explanation.occlusion {
            drawOutlines(occlusion, &canvas)
            drawBands(occlusion, &canvas)
            drawTimes(occlusion, &canvas)
        }
        drawScores(&canvas)
        drawLegend(&canvas)
        drawTimeAxis(&canvas)
        drawMoment(&canvas)
        return canvas
    }

    // MARK: Scales

    /// The column of a frame; frames need not be whole.
    func x(frame: Double) -> Double {
        let share = frame / Double(evidence.frameCount)
        return Double(Layout.left) + share * Double(Layout.right - Layout.left)
    }

    func x(seconds: Double) -> Double {
        x(frame: (seconds - evidence.startSeconds) / evidence.features.hopSeconds)
    }

    /// The row of the lower edge of a band; bands need not be whole.
    func y(band: Double) -> Double {
        let share = band / Double(evidence.features.bands)
        let area = Layout.spectrogram
        return Double(area.upperBound) - share * Double(area.count)
    }

    func y(score: Float) -> Double {
        let area = Layout.scores
        return Double(area.upperBound) - Double(score) * Double(area.count)
    }

    // MARK: Parts

    private func drawHead(_ canvas: inout Canvas) {
        canvas.text(title, x: Layout.left, y: 12, Self.ink, isBold: true)
        let curve = evidence.curves[0]
        let score = fixedPoint(Double(curve.scores[explanation.moment]), places: 2) ?? "-"
        let smoothed = fixedPoint(Double(curve.smoothed[explanation.moment]), places: 2) ?? "-"
        canvas.text(
            "score \(score), smoothed \(smoothed); model \(explanation.model)", x: Layout.left,
            y: 28, Self.ink)
        canvas.text(
            "Hz", x: Layout.left - 8, y: Layout.spectrogram.lowerBound - 16, Self.ink, align: .right
        )
        if explanation.occlusion != nil {
            canvas.fill(
                x: Layout.left, y: 54, width: 14, height: 2, Self.outline.blended(with: .black, 0.2)
            )
            canvas.text(
                "outlined: what the score hangs on (thick: half of the most, thin: a quarter)",
                x: Layout.left + 20,
                y: 48, Self.ink)
        }
    }

    /// For a recording, without its directory, which can be long.
    private var title: String {
        guard case .recording(let path) = explanation.subject else { return report.title }
        return report.title(recording: URL(fileURLWithPath: path).lastPathComponent)
    }

    private func drawSpectrogram(_ canvas: inout Canvas) {
        let bands = evidence.features.bands
        let range = levels
        for column in Layout.left..<Layout.right {
            let share = Double(column - Layout.left) / Double(Layout.right - Layout.left)
            let frame = min(Int(share * Double(evidence.frameCount)), evidence.frameCount - 1)
            for row in Layout.spectrogram {
                let height = Double(Layout.spectrogram.upperBound - 1 - row)
                let band = Int(height * Double(bands) / Double(Layout.spectrogram.count))
                let value = Double(evidence.logMel[frame * bands + band])
                let level = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
                // In steps: an image with few colours makes a small file.
                canvas[column, row] = ColourMap.colour((level * 48).rounded() / 48)
            }
        }
    }

    /// The darkest and the lightest level, in nats: all but the faintest twentieth of the values.
    private var levels: ClosedRange<Double> {
        let sorted = evidence.logMel.sorted()
        let low = Double(sorted[sorted.count / 20])
        return low...max(Double(sorted[sorted.count - 1]), low + 1)
    }

    /// What the colours mean, above the right end of the spectrogram.
    private func drawColours(_ canvas: inout Canvas) {
        let (width, left, top) = (80, Layout.right - 128, Layout.spectrogram.lowerBound - 18)
        for column in 0..<width {
            let colour = ColourMap.colour(Double(column) / Double(width - 1))
            canvas.fill(x: left + column, y: top, width: 1, height: 8, colour)
        }
        // A neper of power is 10 / ln 10 dB.
        let decibels = [levels.lowerBound, levels.upperBound].map {
            fixedPoint($0 * 10 / log(10), places: 0) ?? "-"
        }
        canvas.text(decibels[0], x: left - 6, y: top - 3, Self.ink, align: .right)
        canvas.text("\(decibels[1]) dB", x: left + width + 6, y: top - 3, Self.ink)
    }

    private func drawFrequencies(_ canvas: inout Canvas) {
        let edges = MelScale.edges(of: evidence.features)
        for hertz in [100.0, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000] {
            // Band b is centred on edge b + 1.
            guard let next = edges.firstIndex(where: { $0 > hertz }), next > 0 else { continue }
            let part = (hertz - edges[next - 1]) / (edges[next] - edges[next - 1])
            let row = Int(y(band: Double(next - 1) + part - 0.5).rounded())
            guard Layout.spectrogram.contains(row) else { continue }
            canvas.horizontal(x: Layout.left - 5, y: row, width: 5, Self.ink)
            let text = hertz < 1_000 ? "\(Int(hertz))" : "\(Int(hertz / 1_000))k"
            canvas.text(text, x: Layout.left - 8, y: row - 6, Self.ink, align: .right)
        }
    }

    /// Lines around the cells worth at least half as much as the best one, and thin ones around
    /// those worth a quarter.
    private func drawOutlines(_ occlusion: Occlusion, _ canvas: inout Canvas) {
        let best = occlusion.cells.map(\.logit).max() ?? 0
        for (share, thickness) in [(0.25, 1), (0.5, 2)] as [(Float, Int)] {
            let limit = max(best * share, 0.1)
            drawOutline(occlusion.cells.filter { $0.logit >= limit }, thickness, &canvas)
        }
    }

    /// Lines along the edges where a cell's neighbour is not among the cells.
    private func drawOutline(
        _ cells: [Occlusion.Loss], _ thickness: Int, _ canvas: inout Canvas
    ) {
        func isInside(_ frame: Int, _ band: Int) -> Bool {
            cells.contains { $0.frames.contains(frame) && $0.bands.contains(band) }
        }
        for cell in cells {
            let (frames, bands) = (cell.frames, cell.bands)
            let left = Int(x(frame: Double(frames.lowerBound)))
            let right = Int(x(frame: Double(frames.upperBound)))
            let top = Int(y(band: Double(bands.upperBound)))
            let bottom = Int(y(band: Double(bands.lowerBound)))
            let (width, height) = (right - left, bottom - top)
            if !isInside(frames.lowerBound - 1, bands.lowerBound) {
                canvas.fill(x: left, y: top, width: thickness, height: height, Self.outline)
            }
            if !isInside(frames.upperBound, bands.lowerBound) {
                canvas.fill(
                    x: right - thickness, y: top, width: thickness, height: height, Self.outline)
            }
            if !isInside(frames.lowerBound, bands.upperBound) {
                canvas.fill(x: left, y: top, width: width, height: thickness, Self.outline)
            }
            if !isInside(frames.lowerBound, bands.lowerBound - 1) {
                canvas.fill(
                    x: left, y: bottom - thickness, width: width, height: thickness, Self.outline)
            }
        }
    }

    private func drawMoment(_ canvas: inout Canvas) {
        let column = Int(x(seconds: explanation.momentSeconds + evidence.stepSeconds / 2))
        canvas.vertical(
            x: column, y: Layout.spectrogram.lowerBound, height: Layout.spectrogram.count, .white,
            dash: 4)
        canvas.vertical(
            x: column, y: Layout.times.lowerBound,
            height: Layout.scores.upperBound - Layout.times.lowerBound, Self.ink, dash: 4)
    }
}
