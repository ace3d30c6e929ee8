internal import Control
internal import Formats
internal import HostSystem
internal import LevelTypes

/// What the monitor does, in a line: `listening to 2 of 2 sources; 61.2 dB(A) at yard`.
struct StatusLine: CustomStringConvertible {
    /// The most sources that are named.
    private static let namedSources = 4

    let description: String

    init(_ sources: [MonitorStatus.Source]) {
        let present = sources.filter { $0.state != .ended }
        let heard = present.filter { $0.state == .heard }
        let noun = present.count == 1 ? "source" : "sources"
        let head = "listening to \(heard.count) of \(present.count) \(noun)"
        // What is wrong comes first: the line may be cut.
        let others = present.filter { $0.state != .heard }.map { "\($0.name) \(Self.state($0))" }
        let named = (others + heard.compactMap(Self.level)).prefix(Self.namedSources)
        description = printable(([head] + named).joined(separator: "; "))
    }

    private static func state(_ source: MonitorStatus.Source) -> String {
        switch source.state {
        case .opening, .heard: "is being opened"
        case .lost: "is lost"
        case .missing: "could not be opened yet"
        case .ended: "has ended"
        }
    }

    private static func level(_ source: MonitorStatus.Source) -> String? {
        guard let level = source.level, let number = level.laeq,
            let state = CalibrationState(rawValue: level.scale),
            let text = fixedPoint(number, places: 1)
        else { return nil }
        return "\(text) \(state.unit) at \(source.name)"
    }
}
