internal import Rules
internal import Timekeeping
internal import Yams

extension NodeReader {
    /// The named schedules: `night: {from: 22:00, until: 06:00}`, or a list of such periods.
    func schedules(_ fields: Fields) -> [String: Schedule?] {
        guard let node = fields.values["schedules"] else { return [:] }
        guard let mapping = node.mapping else {
            fault(node, "schedules must be a mapping of names to periods")
            return [:]
        }
        var result: [String: Schedule?] = [:]
        for (key, value) in mapping where !key.isRenamedKey {
            guard let name = name(key, "a schedule") else { continue }
            guard result[name] == nil else {
                fault(key, "key '\(name)' stands more than once in this mapping")
                continue
            }
            if value.isEmpty { fault(key, "schedule '\(name)' has no periods") }
            let schedule = value.isEmpty ? nil : self.schedule(value, "schedule '\(name)'", nil)
            result.updateValue(schedule, forKey: name)
        }
        return result
    }

    /// A period, the name of a schedule, or a list of those.
    ///
    /// - Parameter context: has the names; `nil` where there can be none
    func schedule(_ node: Node, _ place: String, _ context: RuleContext?) -> Schedule? {
        guard let sequence = node.sequence else {
            return periods(node, place, context).map { Schedule(periods: $0) }
        }
        if sequence.isEmpty { fault(node, "\(place) must have at least one period") }
        let parts = sequence.map { periods($0, place, context) }
        let known = parts.compactMap { $0 }
        guard !known.isEmpty, known.count == parts.count else { return nil }
        return Schedule(periods: known.flatMap { $0 })
    }

    private func periods(
        _ node: Node, _ place: String, _ context: RuleContext?
    ) -> [Schedule.Period]? {
        if node.mapping != nil { return period(node).map { [$0] } }
        guard let context, node.scalar != nil, !node.isEmpty else {
            let name = context == nil ? "" : ", or the name of a schedule"
            fault(
                node,
                "\(place) needs a period such as {days: mon-fri, from: 22:00, "
                    + "until: 06:00}\(name)")
            return nil
        }
        guard let name = text(node, place) else { return nil }
        guard let schedule = context.schedules[name] else {
            let known = context.schedules.keys.sorted()
            let help =
                known.isEmpty
                ? "there is no section 'schedules'" : hint(name, among: known)
            fault(node, "unknown schedule '\(name)'; \(help)")
            return nil
        }
        return schedule?.periods
    }

    /// `nil` if something in it is at fault.
    private func period(_ node: Node) -> Schedule.Period? {
        let before = faults.count
        let fields = fields(
            node, "a period", known: ["days", "from", "until", "first", "last"])
        var result = Schedule.Period()
        result.weekdays = days(fields)
        result.from = minute("from", of: fields, upTo: 1_439) ?? result.from
        result.until = minute("until", of: fields, upTo: 1_440) ?? result.until
        result.firstDate = date("first", of: fields)
        result.lastDate = date("last", of: fields)
        if fields.values.isEmpty, faults.count == before {
            fault(node, "a period needs one of the keys days, from, until, first, last")
        }
        if let first = result.firstDate, let last = result.lastDate, last < first,
            let node = fields.values["last"]
        {
            fault(node, "last is '\(last)', before first, which is '\(first)'")
        }
        return faults.count == before ? result : nil
    }

    // MARK: Days

    private static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static let dayWords = dayNames + ["weekdays", "weekends"]

    private func days(_ fields: Fields) -> Set<Int> {
        guard let node = fields.values["days"] else { return [] }
        guard let sequence = node.sequence else { return days(node) }
        if sequence.isEmpty { fault(node, "days must have at least one entry") }
        return sequence.reduce(into: []) { $0.formUnion(days($1)) }
    }

    /// `sat`, `mon-fri`, `weekdays` or `weekends`
    private func days(_ node: Node) -> Set<Int> {
        guard let text = text(node, "days") else { return [] }
        switch text {
        case "weekdays": return [0, 1, 2, 3, 4]
        case "weekends": return [5, 6]
        default: break
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        let indices = ends.compactMap { Self.dayNames.firstIndex(of: String($0)) }
        guard indices.count == ends.count, (1...2).contains(indices.count) else {
            fault(
                node,
                "days is '\(text)'; accepted is a range such as mon-fri, or one of "
                    + Self.dayWords.joined(separator: ", "))
            return []
        }
        // From Friday to Monday, it goes on after the end of the week.
        let (first, last) = (indices[0], indices[indices.count - 1])
        return Set((first...(last < first ? last + 7 : last)).map { $0 % 7 })
    }

    // MARK: Times and dates

    /// `22:00`, in minutes since midnight. The text is read as it is written; YAML 1.1 would take
    /// it for a number to base 60.
    private func minute(_ key: String, of fields: Fields, upTo limit: Int) -> Int? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        if let match = text.wholeMatch(of: /([0-9]{1,2}):([0-9]{2})/), let hour = Int(match.1),
            let minute = Int(match.2), minute < 60, hour * 60 + minute <= limit
        {
            return hour * 60 + minute
        }
        let latest = limit == 1_440 ? "24:00" : "23:59"
        fault(node, "\(key) is '\(text)'; accepted is a time of day from 00:00 to \(latest)")
        return nil
    }

    private func date(_ key: String, of fields: Fields) -> String? {
        guard let node = fields.values[key], let text = text(node, key) else { return nil }
        if CivilTime(date: text) != nil { return text }
        fault(node, "\(key) is '\(text)'; accepted is a date such as 2026-12-24")
        return nil
    }
}
