internal import Listening
public import ModelFormat
public import SoundTypes
internal import Timekeeping
internal import Tracking

/// Explains a stored event from what was kept of it.
public struct EventExplanation {
    private let model: Model

    public init(model: Model) {
        self.model = model
    }

    /// - Parameters:
    ///   - parts: the parts of the event, in order; at least one
    ///   - picture: what was kept of the event; `nil` if nothing was
    /// - Throws: `ExplainError.noPicture`
    public func make(
        parts: [SoundEvent], picture: EventPicture?
    ) throws(ExplainError) -> Explanation {
        guard let event = parts.first, let last = parts.last else {
            preconditionFailure("an event has a part")
        }
        guard let picture else { throw .noPicture(id: event.id, label: event.label) }
        let evidence = Evidence(picture, onset: event.onset)
        let moment = moment(evidence)
        let known = picture.model == model.identity
        let label = model.labels.firstIndex(of: event.label)
        return Explanation(
            subject: .event(event), evidence: evidence, moment: moment,
            event: 0...max(0, last.heardUntil.seconds(since: event.onset)),
            miss: event.status == .retracted
                ? NearMiss(
                    at: moment, of: evidence.curves[0].smoothed, label: event.label,
                    parameters: picture.parameters, stepSeconds: evidence.stepSeconds) : nil,
            parameters: picture.parameters,
            unconfigured: known ? label.map { model.labelParameters()[$0] } : nil,
            model: picture.model,
            occlusion: hears(picture)
                ? label.map {
                    Occlusion(model: model, logMel: evidence.logMel, label: $0, step: moment)
                } : nil,
            occlusionModel: model.identity)
    }

    /// The step, from the onset onwards, at which the label is strongest.
    private func moment(_ evidence: Evidence) -> Int {
        let curve = evidence.curves[0].smoothed
        let fromOnset = curve.indices.filter {
            evidence.seconds(ofStep: $0) > -evidence.stepSeconds / 2
        }
        return fromOnset.max { curve[$0] < curve[$1] } ?? 0
    }

    /// Whether the kept frames are of the kind the model hears.
    private func hears(_ picture: EventPicture) -> Bool {
        picture.features == model.features && picture.framesPerStep == model.framesPerStep
    }
}
