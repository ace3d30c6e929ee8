internal import AlertTypes
internal import SoundTypes
internal import Timekeeping

extension RuleEngine {
    mutating func take(_ event: SoundEvent, _ decision: inout Decision) {
        let heard = states.take(event)
        states.advance(event.source, to: heard.heardUntil, isHeard: true)
        if heard.isRetracted {
            retract(heard, &decision)
            return
        }
        let groups = EventGroups(event)
        for index in kinds.events(of: event.label) {
            let terms = rules[index].terms
            guard terms.concerns(event), terms.accepts(heard) else { continue }
            let key = groups.of(terms.rule.grouping)
            rules[index].take(heard, into: key, at: states.clock(event.source), &decision)
            judge(index, [key], &decision)
        }
        if heard.isOver { ending.append(heard) }
    }

    /// What ended with the last observation is over, unless its next part follows.
    mutating func finishEnded(before next: Observation, _ decision: inout Decision) {
        guard !ending.isEmpty else { return }
        let ended = ending
        ending = []
        for heard in ended {
            switch next {
            case .event(let event) where event.id == heard.event.id: break
            case .began(heard.event.source, _): break
            case _ where mayGoOn(heard, before: next): ending.append(heard)
            default:
                states.forget(heard)
                finish(heard, &decision)
            }
        }
    }

    /// Whether an event that has ended is still to be kept: what a gap cut off may go on, which is
    /// not known before sounds are heard again.
    private func mayGoOn(_ heard: HeardEvent, before next: Observation) -> Bool {
        let (source, label) = (heard.event.source, heard.event.label)
        guard next.audioSource == source else { return true }
        return switch next {
        case .gap: true
        case .ended: false
        case .recognition(_, let isOn, _): !isOn && label != SoundEvent.loudLabel
        default: !states.recognises(source, label)
        }
    }

    mutating func finish(_ heard: HeardEvent, _ decision: inout Decision) {
        for index in kinds.events(of: heard.event.label) {
            judge(index, rules[index].close(heard, &decision), &decision)
        }
    }

    mutating func retract(_ heard: HeardEvent, _ decision: inout Decision) {
        states.forget(heard)
        for index in kinds.events(of: heard.event.label) {
            judge(index, rules[index].retract(heard, &decision), &decision)
        }
    }

    mutating func acknowledge(
        _ id: Int64, at time: UTCTime, _ comment: String, _ decision: inout Decision
    ) {
        for index in rules.indices {
            rules[index].acknowledge(id, at: time, comment, &decision)
        }
    }
}
