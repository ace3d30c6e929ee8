internal import Rules
internal import Timekeeping

// Conditions that never hold, or always, and times that never come.

extension RuleAdviser {
    /// Sound pressure levels, in dB, between which everything lies that a microphone hears: the
    /// quietest have more noise of their own, and those for audio are overloaded long before.
    private static let heardLevels = 0.0...140.0
    /// What a level relative to full scale, and the exposure of an event that lasts a day, do not
    /// reach.
    private static let relativeMaximum = 0.0
    private static let relativeExposure = 50.0

    mutating func advise(on condition: EventCondition, of rule: Rule) {
        let values = configuration.rulePlaces[rule.name]?.values ?? [:]
        if values["labels"] != nil, condition.labels.isEmpty, condition.groups.isEmpty {
            note(rule, "labels", "the list is empty, which means every label")
        }
        if let level = condition.minimumLAFmax, level > Self.heardLevels.upperBound {
            noteSilent(rule, "minimum_lafmax", "no sound is as loud as \(text(level)) dB")
        } else if let level = condition.minimumLAFmax, level > Self.relativeMaximum {
            noteUncalibrated(rule, "minimum_lafmax", "events do not reach \(text(level)) dB")
        }
        if let level = condition.minimumLAE, level > Self.relativeExposure {
            noteUncalibrated(rule, "minimum_lae", "events do not reach \(text(level)) dB")
        }
        advise(on: condition.count, of: condition, of: rule)
    }

    /// Events of one label do not overlap.
    private mutating func advise(
        on count: EventCount?, of condition: EventCondition, of rule: Rule
    ) {
        let sources =
            condition.sources.isEmpty
            ? configuration.sources.count : condition.sources.count
        guard let count, condition.labels.count == 1, condition.groups.isEmpty, sources == 1 else {
            return
        }
        let shortest = Double(count.events - 1) * condition.minimumDurationSeconds
        guard shortest > count.withinSeconds else { return }
        let duration = Lengths.text(condition.minimumDurationSeconds)
        noteSilent(
            rule, "at_least",
            "\(count.events) sounds of \(duration) one after the other take longer than "
                + Lengths.text(count.withinSeconds))
    }

    mutating func advise(on condition: LevelCondition, of rule: Rule) {
        if !condition.required.isEmpty, condition.required.isSubset(of: condition.excluded) {
            noteSilent(rule, "while", "what it asks for, 'without' leaves out")
        }
        guard !condition.isRelative else { return }
        let isBand = if case .thirdOctave = condition.quantity { true } else { false }
        let heard = isBand ? -20...Self.heardLevels.upperBound : Self.heardLevels
        switch condition.bound {
        case .above(let level) where level >= heard.upperBound && condition.quantity != .lcPeak:
            noteSilent(rule, "above", "no microphone measures more than \(text(level)) dB")
        case .below(let level) where level <= heard.lowerBound:
            noteSilent(rule, "below", "no microphone measures less than \(text(level)) dB")
        case .above(let level) where level < heard.lowerBound:
            note(rule, "above", "every sound is above \(text(level)) dB, and silence is too")
        case .below(let level) where level > heard.upperBound:
            note(rule, "below", "every sound is below \(text(level)) dB")
        case .above:
            noteUncalibrated(rule, "above", "such a level is unknown")
        case .below:
            noteUncalibrated(rule, "below", "such a level is unknown")
        }
    }

    /// Notes what holds until the sources are calibrated, if the file knows of no calibration.
    private mutating func noteUncalibrated(_ rule: Rule, _ key: String, _ what: String) {
        let named = rule.condition.sources
        let sources = configuration.sources.filter { named.isEmpty || named.contains($0.name) }
        guard sources.allSatisfy({ $0.levels.fullScaleDecibels == nil }) else { return }
        let names = sources.map { "'\($0.name)'" }.joined(separator: ", ")
        note(
            rule, key,
            "\(what) until \(names) is calibrated (monitorctl calibrate) or has full_scale_db")
    }

    private func text(_ decibels: Double) -> String {
        Int(exactly: decibels).map(String.init) ?? String(decibels)
    }

    // MARK: Schedules

    mutating func adviseOnSchedule(_ rule: Rule) {
        guard let periods = rule.schedule?.periods, let today,
            let yesterday = today.adding(days: -1),
            !periods.contains(where: { $0.begins(from: yesterday) })
        else { return }
        let ends = periods.compactMap(\.lastDate)
        if let last = ends.max(), last < yesterday.dateText {
            noteSilent(rule, "when", "its last day was \(last)")
        } else {
            noteSilent(rule, "when", "none of its days lies between 'first' and 'last'")
        }
    }
}

extension Schedule.Period {
    /// Whether it begins on a day from then on. A period of yesterday may still last.
    fileprivate func begins(from earliest: CivilTime) -> Bool {
        var day = firstDate.flatMap(CivilTime.init(date:)) ?? earliest
        if day.days(since: earliest) < 0 { day = earliest }
        // Every day of the week is among seven.
        for _ in 0..<7 {
            if let lastDate, lastDate < day.dateText { return false }
            if weekdays.isEmpty || weekdays.contains(day.daysSinceMonday) { return true }
            guard let next = day.adding(days: 1) else { return false }
            day = next
        }
        return false
    }
}

extension CivilTime {
    /// `2026-12-24`
    init?(date text: String) {
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})/),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }
}
