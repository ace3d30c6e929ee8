internal import Formats
internal import HostSystem
internal import SoundTypes
internal import Spectrogram
internal import Timekeeping
internal import Tracking

/// An explanation in words and numbers.
public struct ExplanationReport: Sendable {
    let explanation: Explanation

    public init(_ explanation: Explanation) {
        self.explanation = explanation
    }

    /// For people: what was decided, the scores around the moment, the thresholds in force, the
    /// rivals, and which bands and times the score depends on.
    public var text: String {
        [head, scores, thresholds, rivals, losses].joined(separator: "\n")
    }

    /// What is explained, in one line: `sounds/street.flac: siren at 0:14.200`.
    var title: String {
        switch explanation.subject {
        case .recording(let name): title(recording: name)
        case .event(let event): title(event)
        }
    }

    func title(recording name: String) -> String {
        let label = printable(explanation.label)
        return "\(printable(name)): \(label) at \(time(explanation.momentSeconds))"
    }

    private func title(_ event: SoundEvent) -> String {
        let label = printable(explanation.label)
        let source = printable(event.source)
        return "event \(event.id) of \(source): \(label) at "
            + "\(event.onset.localDescription), \(time(explanation.momentSeconds)) from its onset"
    }

    /// A position on the time line: `0:07.250` in a recording, `+7.250 s` from an onset.
    func time(_ seconds: Double, places: Int = 3) -> String {
        guard case .recording = explanation.subject else {
            return (seconds < 0 ? "" : "+") + (fixedPoint(seconds, places: places) ?? "-") + " s"
        }
        let minutes = Int(max(0, seconds) / 60)
        let rest = fixedPoint(max(0, seconds) - Double(60 * minutes), places: places) ?? "-"
        let whole = rest.prefix { $0 != "." }.count
        return "\(minutes):" + (whole < 2 ? "0" : "") + rest
    }

    /// The edges of the pass band of some mel bands, in hertz.
    func hertz(_ bands: Range<Int>) -> ClosedRange<Double> {
        let edges = MelScale.edges(of: explanation.evidence.features)
        return edges[bands.lowerBound]...edges[bands.upperBound + 1]
    }
}

extension ExplanationReport {
    private var head: String {
        let curve = explanation.evidence.curves[0]
        let (score, smoothed) = (
            curve.scores[explanation.moment], curve.smoothed[explanation.moment]
        )
        var event =
            explanation.event.map {
                "an event from \(time($0.lowerBound)) to \(time($0.upperBound))"
            }
            ?? "no event"
        if explanation.isRetracted { event += ", announced and then retracted" }
        if let miss = explanation.miss { event += ": \(miss.shortfall)" }
        return """
            \(title)
            score \(decimal(score)), smoothed \(decimal(smoothed)); \(event)
            model \(printable(explanation.model))

            """
    }

    /// Every fifth of a second, from two seconds before the moment to one after it. The bar shows
    /// the smoothed score and, as `|`, the threshold that applies.
    private var scores: String {
        let curve = explanation.evidence.curves[0]
        let rows = explanation.listedSteps.map { step in
            [
                (step == explanation.moment ? "> " : "  ")
                    + time(explanation.evidence.seconds(ofStep: step), places: 2),
                decimal(curve.scores[step]), decimal(curve.smoothed[step]),
                bar(curve.smoothed[step]),
            ]
        }
        let columns = [
            TextTable.Column(title: "TIME", alignment: .right),
            TextTable.Column(title: "SCORE", alignment: .right),
            TextTable.Column(title: "SMOOTHED", alignment: .right),
            TextTable.Column(title: "0 TO 1, | IS ON"),
        ]
        return table(columns, rows)
    }

    private func bar(_ score: Float) -> String {
        let width = 40
        let filled = Int((Float(width) * score).rounded())
        let mark = Int(Float(width - 1) * explanation.parameters.onThreshold)
        return String(
            (0..<width).map { $0 == mark ? "|" : $0 < filled ? "#" : "." } as [Character])
    }

    private var thresholds: String {
        let columns = [
            TextTable.Column(title: "THRESHOLD"),
            TextTable.Column(title: "VALUE", alignment: .right),
            TextTable.Column(title: "FROM"),
        ]
        return table(
            columns, explanation.settings.map { [$0.name, $0.text, $0.origin.rawValue] })
    }

    private var rivals: String {
        let columns = [
            TextTable.Column(title: "RIVAL"),
            TextTable.Column(title: "SMOOTHED", alignment: .right),
            TextTable.Column(title: "HIGHEST", alignment: .right),
        ]
        return table(
            columns,
            explanation.rivals.map {
                [printable($0.label), decimal($0.smoothed), decimal($0.highest)]
            })
    }

    private var losses: String {
        guard let occlusion = explanation.occlusion else {
            return "What it hangs on: \(explanation.whyNotCovered).\n"
        }
        let columns = [
            TextTable.Column(title: "COVERED"),
            TextTable.Column(title: "SCORE LEFT", alignment: .right),
            TextTable.Column(title: "LOSS", alignment: .right),
            TextTable.Column(title: "LOGIT LOSS", alignment: .right),
        ]
        let bands = occlusion.bands.strongest(3).map { row($0, bandText($0), occlusion) }
        let times = occlusion.times.strongest(3).map { row($0, timeText($0), occlusion) }
        return "What it hangs on: the score is \(decimal(occlusion.score)) with nothing covered"
            + remark(occlusion) + ".\n" + table(columns, bands + times)
    }

    private func remark(_ occlusion: Occlusion) -> String {
        var remark = ""
        if explanation.occlusionModel != explanation.model {
            remark +=
                "\nby \(printable(explanation.occlusionModel)); "
                + "the event was named by another model"
        }
        if occlusion.strongestLoss < 0.5 {
            remark += ";\nno part carries it alone: it sounds all the time, or is spread out"
        }
        return remark
    }

    private func row(
        _ loss: Occlusion.Loss, _ what: String, _ occlusion: Occlusion
    ) -> [String] {
        [
            what, decimal(occlusion.score - loss.score), decimal(loss.score),
            fixedPoint(Double(loss.logit), places: 1) ?? "-",
        ]
    }

    private func bandText(_ loss: Occlusion.Loss) -> String {
        let hertz = hertz(loss.bands)
        let low = fixedPoint(hertz.lowerBound, places: 0) ?? "-"
        return "\(low) to \(fixedPoint(hertz.upperBound, places: 0) ?? "-") Hz"
    }

    private func timeText(_ loss: Occlusion.Loss) -> String {
        let evidence = explanation.evidence
        return time(evidence.seconds(ofFrame: loss.frames.lowerBound), places: 2) + " to "
            + time(evidence.seconds(ofFrame: loss.frames.upperBound), places: 2)
    }

    private func table(_ columns: [TextTable.Column], _ rows: [[String]]) -> String {
        let table = TextTable(columns, fitting: rows)
        return table.header + rows.map(table.line).joined()
    }

    private func decimal(_ score: Float) -> String {
        fixedPoint(Double(score), places: 3) ?? "-"
    }
}
