public import SoundTypes

extension Model {
    /// The recall below which a label is of little use, at the sensitivity that finds most.
    public static let usefulRecall = 0.2

    /// The labels of each group, by its name; empty if the model has no groups.
    public var labelsOfGroup: [String: Set<String>] {
        zip(groups, labels).reduce(into: [:]) { $0[$1.0, default: []].insert($1.1) }
    }

    /// Refuses labels without unique names or without thresholds, and values that the tracker would
    /// also refuse.
    func checkTracking() throws(HeaderFault) {
        guard !labels.isEmpty, Set(labels).count == labels.count, tracking.count == labels.count
        else {
            throw HeaderFault(
                detail: "\(labels.count) labels (each once), \(tracking.count) thresholds")
        }
        guard groups.isEmpty || groups.count == labels.count else {
            throw HeaderFault(detail: "\(labels.count) labels, \(groups.count) groups")
        }
        for (label, tracking) in zip(labels, tracking) {
            do {
                try tracking.check()
            } catch {
                throw HeaderFault(detail: "thresholds of \"\(label)\": \(error.detail)")
            }
        }
    }

    static func checkThresholds(
        on: Float, off: Float, announce: Float?
    ) throws(HeaderFault) {
        try check("on", Double(on), in: 0...1)
        try check("off", Double(off), in: 0...1)
        guard off <= on else {
            throw HeaderFault(detail: "\"off\" is \(off); accepted: up to \"on\", which is \(on)")
        }
        if let announce { try check("announce", Double(announce), in: 0...1) }
    }
}

extension Model.LabelTracking {
    /// What the label does at a sensitivity, or at the model's own choice of it; `nil` if the model
    /// has no curve for it.
    public func point(at sensitivity: Sensitivity?) -> OperatingPoint? {
        (sensitivity ?? self.sensitivity).flatMap { curve?[$0.rawValue] }
    }

    /// How the scores become events at a sensitivity; without a curve, as the thresholds say. Where
    /// the model says nothing, the defaults hold.
    public func parameters(at sensitivity: Sensitivity?) -> LabelParameters {
        let point = point(at: sensitivity)
        let standard = LabelParameters()
        return LabelParameters(
            onThreshold: point?.on ?? on, offThreshold: point?.off ?? off,
            announceThreshold: point == nil ? announce : point?.announce,
            announceSeconds: announceSeconds ?? standard.announceSeconds,
            smoothingSeconds: smoothingSeconds ?? standard.smoothingSeconds,
            minimumDurationSeconds: minimumDurationSeconds ?? standard.minimumDurationSeconds,
            mergeGapSeconds: mergeGapSeconds ?? standard.mergeGapSeconds)
    }

    /// Whether even the highest sensitivity finds too little.
    public var isOfLittleUse: Bool {
        point(at: .high).map { $0.recall < Model.usefulRecall } ?? false
    }

    fileprivate func check() throws(HeaderFault) {
        try Model.checkThresholds(on: on, off: off, announce: announce)
        for (name, seconds, accepted) in [
            ("announce_window", announceSeconds, 0.0...10),
            ("smoothing", smoothingSeconds, 0...10),
            ("minimum_duration", minimumDurationSeconds, 0...60),
            ("merge_gap", mergeGapSeconds, 0...60),
        ] {
            if let seconds { try Model.check(name, seconds, in: accepted) }
        }
        guard let curve else { return }
        for name in curve.keys where Sensitivity(rawValue: name) == nil {
            let known = Sensitivity.allCases.map(\.rawValue).joined(separator: ", ")
            throw HeaderFault(detail: "no such sensitivity \"\(name)\"; known: \(known)")
        }
        for point in curve.values { try point.check() }
    }
}

extension OperatingPoint {
    fileprivate func check() throws(HeaderFault) {
        try Model.checkThresholds(on: on, off: off, announce: announce)
        try Model.check("recall", recall, in: 0...1)
        for (name, value) in [("false_alarms", falseAlarmsPerDay), ("delay", delaySeconds ?? 0)] {
            try Model.check(name, value, in: 0...1e6)
        }
        let isInterval =
            falseAlarmInterval.count == 2 && falseAlarmInterval[0] <= falseAlarmInterval[1]
        guard isInterval, falseAlarmInterval.allSatisfy({ (0...1e6).contains($0) }) else {
            throw HeaderFault(
                detail: "\"false_alarms_95\" is \(falseAlarmInterval); accepted: two numbers, the "
                    + "lower one first")
        }
    }
}
