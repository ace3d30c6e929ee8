internal import AlertTypes
internal import Logging

/// What a line of the log is about: the keys of its metadata, for programs that look for lines. The
/// names are a promise: `docs/operations.md` lists them as the fields of the journal.
///
/// Nothing that was heard is among them.
public enum LogField: String, Sendable, CaseIterable {
    /// The name of a source.
    case source
    /// Why audio is missing, or what was left out of its analysis, as in the database.
    case gap
    /// The name of a rule.
    case rule
    /// The number of an alert.
    case alert
    /// The number of an event.
    case event
    /// The name of an action of the rule.
    case action
    /// The number of an attempt to carry an action out.
    case run
}

extension Logger {
    /// The same log, with lines that are about this, too.
    func about(_ field: LogField, _ value: some CustomStringConvertible) -> Logger {
        var log = self
        log[metadataKey: field.rawValue] = "\(value)"
        return log
    }

    /// The same log, with lines that are about a run.
    func about(_ run: HookRun) -> Logger {
        let log = about(.rule, run.rule).about(.alert, run.alertID).about(.action, run.action)
            .about(.run, run.id)
        // An alert about a level or a state has no event.
        return run.eventID == 0 ? log : log.about(.event, run.eventID)
    }
}
