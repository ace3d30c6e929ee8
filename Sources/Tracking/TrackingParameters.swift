public import SoundTypes

/// How scores become events, as far as the owner has a say: what applies to every label, and what
/// differs for some. Whatever neither sets comes from the model, or is the default if the model
/// sets none.
public struct TrackingParameters: Sendable, Hashable {
    /// What applies to every label, unless `labels` has something else for it.
    public var common: LabelOverrides
    /// What differs, by label.
    public var labels: [String: LabelOverrides]

    public init(common: LabelOverrides = .init(), labels: [String: LabelOverrides] = [:]) {
        self.common = common
        self.labels = labels
    }

    /// The parameters of one label.
    ///
    /// - Parameter base: what the model says about this label, and the defaults for everything else
    public func parameters(
        for label: String, base: LabelParameters = .init()
    ) -> LabelParameters {
        let common = common.applied(to: base)
        return labels[label]?.applied(to: common) ?? common
    }

    /// The sensitivity that the owner wants for a label; `nil`: the model's own choice.
    public func sensitivity(of label: String) -> Sensitivity? {
        labels[label]?.sensitivity ?? common.sensitivity
    }

    /// These with nothing but the sensitivities.
    public var sensitivities: TrackingParameters {
        TrackingParameters(
            common: LabelOverrides(sensitivity: common.sensitivity),
            labels: labels.mapValues { LabelOverrides(sensitivity: $0.sensitivity) })
    }

    /// Whether the owner sets thresholds or lengths of a label, so that what the model knows of its
    /// sensitivities does not hold.
    public func overrulesModel(for label: String) -> Bool {
        [common, labels[label] ?? LabelOverrides()].contains { overrides in
            var values = overrides
            (values.sensitivity, values.maximumDurationSeconds) = (nil, nil)
            return values != LabelOverrides()
        }
    }
}

/// Parameters that replace others; `nil` keeps the existing value.
public struct LabelOverrides: Sendable, Hashable {
    /// Chooses among the thresholds of the model; those below take precedence.
    public var sensitivity: Sensitivity?
    public var onThreshold: Float?
    public var offThreshold: Float?
    public var announceThreshold: Float?
    public var announceSeconds: Double?
    public var smoothingSeconds: Double?
    public var minimumDurationSeconds: Double?
    public var mergeGapSeconds: Double?
    public var maximumDurationSeconds: Double?

    public init(
        sensitivity: Sensitivity? = nil, onThreshold: Float? = nil, offThreshold: Float? = nil,
        announceThreshold: Float? = nil, announceSeconds: Double? = nil,
        smoothingSeconds: Double? = nil, minimumDurationSeconds: Double? = nil,
        mergeGapSeconds: Double? = nil,
        maximumDurationSeconds: Double? = nil
    ) {
        self.sensitivity = sensitivity
        self.onThreshold = onThreshold
        self.offThreshold = offThreshold
        self.announceThreshold = announceThreshold
        self.announceSeconds = announceSeconds
        self.smoothingSeconds = smoothingSeconds
        self.minimumDurationSeconds = minimumDurationSeconds
        self.mergeGapSeconds = mergeGapSeconds
        self.maximumDurationSeconds = maximumDurationSeconds
    }

    /// `base` with these values in place of its own. If only one threshold is given, the others
    /// give way as far as they must: the off threshold is never above the on threshold, and a sound
    /// is not announced below an on threshold that was given.
    public func applied(to base: LabelParameters) -> LabelParameters {
        let on = onThreshold ?? max(base.onThreshold, offThreshold ?? 0)
        return LabelParameters(
            onThreshold: on,
            offThreshold: offThreshold ?? min(base.offThreshold, on),
            announceThreshold: announceThreshold
                ?? base.announceThreshold.map { max($0, onThreshold ?? 0) },
            announceSeconds: announceSeconds ?? base.announceSeconds,
            smoothingSeconds: smoothingSeconds ?? base.smoothingSeconds,
            minimumDurationSeconds: minimumDurationSeconds ?? base.minimumDurationSeconds,
            mergeGapSeconds: mergeGapSeconds ?? base.mergeGapSeconds,
            maximumDurationSeconds: maximumDurationSeconds ?? base.maximumDurationSeconds)
    }
}
