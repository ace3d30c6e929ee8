internal import Foundation
internal import HostSystem
internal import Images
internal import SoundTypes

// What is drawn next to and below the spectrogram.

extension ExplanationImage {
    /// What each band was worth over the whole stretch, to the right of the spectrogram.
    func drawBands(_ occlusion: Occlusion, _ canvas: inout Canvas) {
        let area = Layout.spectrogram
        let scale = Self.scale(occlusion.bands, Layout.panelRight - Layout.panel)
        canvas.text(
            "loss by band", x: Layout.panel, y: area.lowerBound - 30, Self.ink)
        canvas.text(
            "logit, up to " + text(scale.largest), x: Layout.panel, y: area.lowerBound - 16,
            Self.ink)
        for loss in occlusion.bands {
            let top = Int(y(band: Double(loss.bands.upperBound)))
            let bottom = Int(y(band: Double(loss.bands.lowerBound)))
            let length = Int((scale.unit * abs(loss.logit)).rounded())
            let start = Layout.panel + scale.zero - (loss.logit < 0 ? length : 0)
            canvas.fill(
                x: start, y: top + 1, width: length, height: bottom - top - 2,
                loss.logit < 0 ? Self.against : Self.gain)
        }
        canvas.vertical(
            x: Layout.panel + scale.zero, y: area.lowerBound, height: area.count, Self.ink)
    }

    /// What each time was worth over all bands, below the spectrogram.
    func drawTimes(_ occlusion: Occlusion, _ canvas: inout Canvas) {
        let area = Layout.times
        let scale = Self.scale(occlusion.times, area.count)
        for loss in occlusion.times {
            let left = Int(x(frame: Double(loss.frames.lowerBound)))
            let right = min(Int(x(frame: Double(loss.frames.upperBound))), Layout.right)
            let length = Int((scale.unit * abs(loss.logit)).rounded())
            let zero = area.upperBound - scale.zero
            canvas.fill(
                x: left + 1, y: loss.logit < 0 ? zero : zero - length, width: right - left - 2,
                height: length, loss.logit < 0 ? Self.against : Self.gain)
        }
        canvas.horizontal(
            x: Layout.left, y: area.upperBound - scale.zero,
            width: Layout.right - Layout.left, Self.ink)
        canvas.text("loss by time", x: Layout.panel, y: area.lowerBound + 4, Self.ink)
        canvas.text(
            "logit, up to " + text(scale.largest), x: Layout.panel, y: area.lowerBound + 18,
            Self.ink)
        if (occlusion.bands + occlusion.times).contains(where: { $0.logit < 0 }) {
            canvas.text("grey: against it", x: Layout.panel, y: area.lowerBound + 32, Self.ink)
        }
    }

    /// Where losses from the smallest to the largest fall on this many pixels.
    private static func scale(
        _ losses: [Occlusion.Loss], _ pixels: Int
    ) -> (zero: Int, unit: Float, largest: Float) {
        let logits = losses.map(\.logit)
        let (smallest, largest) = (min(logits.min() ?? 0, 0), max(logits.max() ?? 0, 0.1))
        let unit = Float(pixels) / (largest - smallest)
        return (Int((-smallest * unit).rounded()), unit, largest)
    }

    private func text(_ logit: Float) -> String { fixedPoint(Double(logit), places: 1) ?? "-" }

    // MARK: Scores

    func drawScores(_ canvas: inout Canvas) {
        let area = Layout.scores
        let width = Layout.right - Layout.left
        if let event = explanation.event {
            let left = max(Int(x(seconds: event.lowerBound)), Layout.left)
            let right = min(Int(x(seconds: event.upperBound)), Layout.right)
            canvas.fill(
                x: left, y: area.lowerBound, width: right - left, height: area.count,
                Colour(0xE8F1F8))
        }
        for score in [0, 0.25, 0.5, 0.75, 1] as [Float] {
            let row = Int(y(score: score))
            canvas.horizontal(x: Layout.left, y: row, width: width, Self.faint)
            canvas.text(
                fixedPoint(Double(score), places: 2) ?? "", x: Layout.left - 8, y: row - 6,
                Self.ink, align: .right)
        }
        let thresholds = [explanation.parameters.onThreshold, explanation.parameters.offThreshold]
        for threshold in thresholds {
            canvas.horizontal(
                x: Layout.left, y: Int(y(score: threshold)), width: width, Self.ink, dash: 6)
        }
        for (curve, colour) in zip(evidence.curves, Self.curves).reversed() {
            let points = curve.smoothed.enumerated().map { step, score in
                let middle = evidence.seconds(ofStep: step) + evidence.stepSeconds / 2
                return (x: x(seconds: middle), y: y(score: score))
            }
            let isLabel = curve.label == explanation.label
            canvas.polyline(points, colour, thickness: isLabel ? 3 : 1.5)
        }
    }

    func drawLegend(_ canvas: inout Canvas) {
        var row = Layout.scores.lowerBound
        canvas.text("scores, smoothed", x: Layout.panel, y: row, Self.ink)
        for (curve, colour) in zip(evidence.curves, Self.curves) {
            row += 16
            canvas.fill(x: Layout.panel, y: row + 5, width: 16, height: 3, colour)
            canvas.text(
                String(curve.label.prefix(20)), x: Layout.panel + 22, y: row, Self.ink)
        }
        let thresholds = [
            ("on", explanation.parameters.onThreshold),
            ("off", explanation.parameters.offThreshold),
        ]
        row += 6
        for (name, value) in thresholds {
            row += 16
            canvas.horizontal(x: Layout.panel, y: row + 6, width: 16, Self.ink, dash: 6)
            let value = fixedPoint(Double(value), places: 2) ?? "-"
            canvas.text("\(name) \(value)", x: Layout.panel + 22, y: row, Self.ink)
        }
        if explanation.event != nil {
            row += 16
            canvas.fill(x: Layout.panel, y: row, width: 16, height: 12, Colour(0xE8F1F8))
            canvas.text("event", x: Layout.panel + 22, y: row, Self.ink)
        }
    }

    /// Whole seconds, below the scores.
    func drawTimeAxis(_ canvas: inout Canvas) {
        let start = evidence.startSeconds
        let end = evidence.seconds(ofFrame: evidence.frameCount)
        for second in Int(start.rounded(.up))...max(Int(end), Int(start.rounded(.up))) {
            let column = Int(x(seconds: Double(second)))
            for area in [Layout.spectrogram, Layout.times, Layout.scores] {
                canvas.vertical(x: column, y: area.upperBound, height: 4, Self.ink)
            }
            canvas.text(
                axisText(second), x: column, y: Layout.scores.upperBound + 7, Self.ink,
                align: .centre)
        }
        canvas.horizontal(
            x: Layout.left, y: Layout.scores.upperBound, width: Layout.right - Layout.left,
            Self.ink)
        canvas.text(axisName, x: Layout.left, y: Layout.scores.upperBound + 22, Self.ink)
    }

    private func axisText(_ second: Int) -> String {
        switch explanation.subject {
        case .recording: "\(second / 60):\(twoDigits(second % 60))"
        case .event: second > 0 ? "+\(second)" : "\(second)"
        }
    }

    private var axisName: String {
        switch explanation.subject {
        case .recording: "time in the recording (min:s)"
        case .event: "time from the onset of the event (s)"
        }
    }
}
