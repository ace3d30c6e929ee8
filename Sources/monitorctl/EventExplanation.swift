internal import Acoustics
internal import EventStore
internal import Explanation
internal import Pipeline
internal import SoundNet
internal import Tracking

/// Explains a stored event with what was kept of it.
struct EventExplanation {
    let reader: EventReader
    let id: Int64
    let model: Model

    func make() throws -> Explanation {
        let parts = try reader.parts(ofEvent: id)
        guard let event = parts.first, let last = parts.last else {
            throw ExplainError.noEvent(id: id, path: reader.path)
        }
        guard let picture = try reader.picture(ofEvent: id) else {
            throw ExplainError.noPicture(id: id, label: event.label)
        }
        let evidence = Evidence(picture, onset: event.onset)
        let moment = moment(evidence)
        let known = picture.model == model.identity
        let label = model.labels.firstIndex(of: event.label)
        return Explanation(
            subject: .event(event), evidence: evidence, moment: moment,
            event: 0...max(0, last.heardUntil.seconds(since: event.onset)),
            parameters: picture.parameters,
            unconfigured: known ? label.map { model.labelParameters()[$0] } : nil,
            model: picture.model,
            occlusion: hears(picture)
                ? label.map {
                    Occlusion(model: model, logMel: evidence.logMel, label: $0, step: moment)
                } : nil,
            occlusionModel: model.identity)
    }

    /// The step from the onset on at which the label is strongest.
    private func moment(_ evidence: Evidence) -> Int {
        let curve = evidence.curves[0].smoothed
        let fromOnset = curve.indices.filter {
            evidence.seconds(ofStep: $0) > -evidence.stepSeconds / 2
        }
        return fromOnset.max { curve[$0] < curve[$1] } ?? 0
    }

    /// Whether the frames that were kept are such as the model hears.
    private func hears(_ picture: EventPicture) -> Bool {
        picture.features == model.features && picture.framesPerStep == model.framesPerStep
    }
}

/// Why something cannot be explained.
enum ExplainError: ExitStatusProviding {
    case noEvent(id: Int64, path: String)
    /// Nothing was kept of the event.
    case noPicture(id: Int64, label: String)
    /// The recording is shorter than a frame of the spectrogram.
    case tooShort(path: String)

    var exitStatus: ExitStatus {
        switch self {
        case .noEvent, .noPicture: .noInput
        case .tooShort: .badData
        }
    }

    var description: String {
        switch self {
        case .noEvent(let id, let path): "there is no event \(id) in \(path)"
        case .noPicture(let id, let label) where label == LoudParameters.label:
            "event \(id) cannot be explained: its level decided that it was loud, not the network"
        case .noPicture(let id, _):
            "event \(id) has no picture: it is older than pictures are kept, still too new, speech "
                + "was heard beside it, or 'pictures' is off in the configuration"
        case .tooShort(let path): "\(path): too short to be explained"
        }
    }
}
