internal import SoundTypes
internal import Timekeeping

/// A stretch of time for which there is no audio.
struct MissingAudio: Sendable, Hashable {
    var start: UTCTime
    var end: UTCTime
    /// `nil` if nothing was recorded: the monitor was off, or the source was not there.
    var cause: GapCause?

    var seconds: Double { end.seconds(since: start) }

    var causeName: String { cause?.name ?? "not recorded" }

    /// What is missing from a period: the gaps, and stretches without audio that are not in a gap.
    /// - Parameter unheard: stretches without any audio, in order, not touching
    static func list(
        gaps: [AudioGap], unheard: [MissingAudio], since: UTCTime, until: UTCTime
    ) -> [MissingAudio] {
        let gaps = gaps.filter { !$0.cause.isPartial }
            .map { MissingAudio(start: $0.start, end: $0.end, cause: $0.cause) }
            .compactMap { $0.clipped(since: since, until: until) }
            .sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        let rest = unheard.compactMap { $0.clipped(since: since, until: until) }
            .flatMap { $0.removing(gaps) }
        return (gaps + rest).sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    }

    /// What partial gaps take of a period, by their cause.
    static func omitted(
        _ gaps: [AudioGap], since: UTCTime, until: UTCTime
    ) -> [GapCause: Double] {
        gaps.filter(\.cause.isPartial)
            .compactMap {
                MissingAudio(start: $0.start, end: $0.end, cause: $0.cause)
                    .clipped(since: since, until: until)
            }
            .reduce(into: [:]) { omitted, stretch in
                guard let cause = stretch.cause else { return }
                omitted[cause, default: 0] += stretch.seconds
            }
    }

    private func clipped(since: UTCTime, until: UTCTime) -> MissingAudio? {
        let (start, end) = (max(start, since), min(end, until))
        return start < end ? MissingAudio(start: start, end: end, cause: cause) : nil
    }

    /// What is left without the gaps, which are in order. Less than a second is not listed: the
    /// edges of gaps need not meet those of the stretches, which are whole minutes.
    private func removing(_ gaps: [MissingAudio]) -> [MissingAudio] {
        var (rest, begin) = ([MissingAudio](), start)
        for gap in gaps where gap.end > begin && gap.start < end {
            if gap.start > begin { rest.append(MissingAudio(start: begin, end: gap.start)) }
            begin = gap.end
        }
        if begin < end { rest.append(MissingAudio(start: begin, end: end)) }
        return rest.filter { $0.seconds >= 1 }
    }
}
