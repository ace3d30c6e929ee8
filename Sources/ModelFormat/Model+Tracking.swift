extension Model {
    /// Refuses labels without unique names or without thresholds, and lengths that the tracker
    /// would also refuse.
    func checkTracking() throws(HeaderFault) {
        guard !labels.isEmpty, Set(labels).count == labels.count, tracking.count == labels.count
        else {
            throw HeaderFault(
                detail: "\(labels.count) labels (each once), \(tracking.count) thresholds")
        }
        for (label, tracking) in zip(labels, tracking) {
            do {
                try tracking.check()
            } catch {
                throw HeaderFault(detail: "thresholds of \"\(label)\": \(error.detail)")
            }
        }
    }
}

extension Model.LabelTracking {
    fileprivate func check() throws(HeaderFault) {
        try Model.check("on", Double(on), in: 0...1)
        try Model.check("off", Double(off), in: 0...1)
        guard off <= on else {
            throw HeaderFault(detail: "\"off\" is \(off); accepted: up to \"on\", which is \(on)")
        }
        for (name, seconds, accepted) in [
            ("smoothing", smoothingSeconds, 0.0...10),
            ("minimum_duration", minimumDurationSeconds, 0...60),
            ("merge_gap", mergeGapSeconds, 0...60),
        ] {
            if let seconds { try Model.check(name, seconds, in: accepted) }
        }
    }
}
