internal import Formats
internal import SoundTypes
internal import Timekeeping
internal import Tracking

extension ExplanationReport {
    /// One JSON object on one line. Times are in seconds from the beginning of the recording, or
    /// from the onset of the event. `docs/explain.md` lists the fields.
    public var json: String {
        let evidence = explanation.evidence
        let curve = evidence.curves[0]
        let members: [(key: String, value: JSONValue)] =
            subject + [
                ("label", .string(explanation.label)), ("model", .string(explanation.model)),
                ("time_s", seconds(explanation.momentSeconds)),
                ("score", decimal(curve.scores[explanation.moment])),
                ("smoothed", decimal(curve.smoothed[explanation.moment])),
                ("event_start_s", explanation.event.map { seconds($0.lowerBound) } ?? .null),
                ("event_end_s", explanation.event.map { seconds($0.upperBound) } ?? .null),
                ("reason", explanation.miss.map { .string($0.shortfall) } ?? .null),
                ("thresholds", .object(explanation.settings.map(member))),
                ("rivals", .array(explanation.rivals.map(rival))),
                ("start_s", seconds(evidence.startSeconds)),
                ("step_s", seconds(evidence.stepSeconds)),
                ("scores", .object(evidence.curves.map { ($0.label, list($0.scores)) })),
                ("occlusion", explanation.occlusion.map(occlusion) ?? .null),
            ]
        return JSONValue.object(members).text + "\n"
    }

    private var subject: [(key: String, value: JSONValue)] {
        switch explanation.subject {
        case .recording(let name): [("file", .string(name))]
        case .event(let event):
            [
                ("event", .integer(event.id)), ("source", .string(event.source)),
                ("onset", .string(event.onset.rfc3339)),
                ("status", .string(event.status.rawValue)),
            ]
        }
    }

    private func member(_ setting: Explanation.Setting) -> (key: String, value: JSONValue) {
        let name = setting.name.replacing(" ", with: "_") + (setting.isTime ? "_s" : "")
        let value = JSONValue.decimal(setting.value, places: 3)
        return (name, .object([("value", value), ("from", .string(setting.origin.rawValue))]))
    }

    private func rival(_ rival: Explanation.Rival) -> JSONValue {
        .object([
            ("label", .string(rival.label)), ("smoothed", decimal(rival.smoothed)),
            ("highest", decimal(rival.highest)),
        ])
    }

    private func occlusion(_ occlusion: Occlusion) -> JSONValue {
        .object([
            ("model", .string(explanation.occlusionModel)),
            ("score", decimal(occlusion.score)),
            ("bands", .array(occlusion.bands.map(loss))),
            ("times", .array(occlusion.times.map(loss))),
            ("cells", .array(occlusion.cells.map(loss))),
        ])
    }

    private func loss(_ loss: Occlusion.Loss) -> JSONValue {
        let (evidence, hertz) = (explanation.evidence, hertz(loss.bands))
        return .object([
            ("start_s", seconds(evidence.seconds(ofFrame: loss.frames.lowerBound))),
            ("end_s", seconds(evidence.seconds(ofFrame: loss.frames.upperBound))),
            ("low_hz", .decimal(hertz.lowerBound, places: 0)),
            ("high_hz", .decimal(hertz.upperBound, places: 0)),
            ("score_loss", decimal(loss.score)), ("logit_loss", decimal(loss.logit)),
        ])
    }

    private func list(_ values: [Float]) -> JSONValue { .array(values.map(decimal)) }
    private func decimal(_ value: Float) -> JSONValue { .decimal(Double(value), places: 4) }
    private func seconds(_ value: Double) -> JSONValue { .decimal(value, places: 3) }
}
