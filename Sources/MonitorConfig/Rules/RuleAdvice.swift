public import Timekeeping

/// Something in the rules that is accepted, but can hardly be meant.
public struct RuleAdvice: Sendable, Hashable {
    public let rule: String
    /// Where it stands, and what it does or does not do.
    public let finding: ConfigurationFault
}

extension RuleAdvice: CustomStringConvertible {
    /// `file:line:column: warning: rule 'night': …`, the form of compilers.
    public var description: String {
        let text = finding.description.dropLast(finding.message.count)
        return "\(text)warning: rule '\(rule)': \(finding.message)"
    }
}

extension Configuration {
    /// Rules that can never fire, and other things that are accepted but can hardly be meant, in
    /// the order of the file.
    ///
    /// - Parameter now: tells which dates are over
    public func ruleAdvice(at now: UTCTime = .now()) -> [RuleAdvice] {
        var adviser = RuleAdviser(self, today: CivilTime(localDateOf: now))
        adviser.adviseOnEach()
        adviser.adviseOnPairs()
        return adviser.advice.sorted {
            ($0.finding.line ?? 0, $0.finding.column ?? 0) < (
                $1.finding.line ?? 0, $1.finding.column ?? 0
            )
        }
    }
}
