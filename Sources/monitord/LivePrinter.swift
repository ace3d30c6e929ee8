internal import Foundation
internal import HostSystem
internal import LevelTypes
internal import Listening
internal import Monitoring
internal import SoundTypes
internal import Synchronization
internal import Timekeeping

/// Prints what is heard as it is heard, a line each, for as long as somebody reads it. A reader
/// that is slow, or a terminal that is held, misses lines: it must not hold up the monitor.
final class LivePrinter: Sendable {
    private let openEvents = Mutex<Set<Int64>>([])
    private let isRead = Mutex(true)
    private let screen = Mutex(LiveScreen(columns: StandardStream.output.terminalColumns))

    /// Messages that may wait: half an hour of levels.
    private static let capacity = 2_048

    /// What to print.
    enum Content: String, CaseIterable {
        /// Events, and the levels of each second.
        case all
        case events
    }

    /// Prints what the monitor hears, to its end. Call it before the monitor runs.
    static func start(_ monitor: Monitor, _ content: Content) -> Task<Void, Never> {
        let subscription = monitor.subscribe(capacity: capacity, whenFull: .dropOldest) {
            isOfInterest($0, content)
        }
        return Task {
            let printer = LivePrinter()
            while let delivery = await subscription.next() { printer.show(delivery) }
            printer.write(printer.screen.withLock { $0.end })
        }
    }

    private static func isOfInterest(_ message: AnalysisMessage, _ content: Content) -> Bool {
        switch message {
        case .began, .heard, .picture, .scores: false
        case .level: content == .all
        case .listening, .event, .gap, .clockStepped, .ended: true
        }
    }

    private func show(_ delivery: MessageSubscription.Delivery) {
        switch delivery {
        case .message(.level(_, let record)):
            write(screen.withLock { $0.level(line(record)) })
        case .message(let message):
            if let line = line(message) { write(screen.withLock { $0.line(line) }) }
        case .dropped(let count):
            write(screen.withLock { $0.line("(\(count) messages are missing here)") })
        }
    }

    private func write(_ text: String) {
        isRead.withLock { isRead in
            guard isRead, StandardStream.output.isReady else { return }
            isRead = StandardStream.output.offer(text)
        }
    }

    private func line(_ message: AnalysisMessage) -> String? {
        switch message {
        case .listening(let source, let since, _, _):
            "\(since.localDescription)  listening to \(source)"
        case .event(let event):
            line(event)
        case .began, .heard, .level, .picture, .scores:
            nil
        case .gap(let gap, _):
            "\(gap.start.localDescription)  not heard: "
                + "\(seconds(gap.end.seconds(since: gap.start))) (\(gap.cause.name))"
        case .clockStepped(_, let step, let time):
            "\(time.localDescription)  the clock was set by \(seconds(step))"
        case .ended(let source, let end, _):
            end.map { "\($0.localDescription)  \(source) has ended" }
        }
    }

    private func line(_ event: SoundEvent) -> String? {
        let isNew = openEvents.withLock { open in
            event.status == .open ? open.insert(event.id).inserted : open.remove(event.id) == nil
        }
        let confidence = fixedPoint(event.peakConfidence, places: 2) ?? "-"
        return switch event.status {
        case .open where isNew:
            "\(event.onset.localDescription)  >> \(event.label) begins (\(confidence))"
        case .open:
            nil
        case .retracted:
            "\(event.heardUntil.localDescription)  -- \(event.label) is retracted"
        case .complete, .interrupted:
            "\(event.heardUntil.localDescription)  << \(event.label) ends after "
                + "\(seconds(event.durationSeconds)) (\(confidence))"
        }
    }

    private func line(_ record: LevelRecord) -> String {
        let (summary, scale) = (record.summary, record.scale)
        let unit =
            switch scale.state {
            case .calibrated: "dB"
            case .indicative: "dB (indicative)"
            case .uncalibrated: "dB re full scale"
            }
        func text(_ level: Double?) -> String {
            let text = level.flatMap { fixedPoint($0 + scale.fullScaleDecibels, places: 1) } ?? "-"
            return String(repeating: " ", count: max(0, 6 - text.count)) + text
        }
        let flags = summary.flaggedSeconds.filter { $0.seconds > 0 }.map { "  \($0.flag)" }
        return "\(record.start.localDescription)  LAeq \(text(summary.laeq))  "
            + "LAFmax \(text(summary.lafMaximum))  LCpeak \(text(summary.lcPeak)) \(unit)"
            + flags.joined()
    }

    private func seconds(_ length: Double) -> String {
        (fixedPoint(length, places: 1) ?? "-") + " s"
    }
}
