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
}

/// Parameters that replace others; `nil` keeps the existing value.
public struct LabelOverrides: Sendable, Hashable {
    public var onThreshold: Float?
    public var offThreshold: Float?
    public var smoothingSeconds: Double?
    public var minimumDurationSeconds: Double?
    public var mergeGapSeconds: Double?
    public var maximumDurationSeconds: Double?

    public init(
        onThreshold: Float? = nil, offThreshold: Float? = nil, smoothingSeconds: Double? = nil,
        minimumDurationSeconds: Double? = nil, mergeGapSeconds: Double? = nil,
        maximumDurationSeconds: Double? = nil
    ) {
        self.onThreshold = onThreshold
        self.offThreshold = offThreshold
        self.smoothingSeconds = smoothingSeconds
        self.minimumDurationSeconds = minimumDurationSeconds
        self.mergeGapSeconds = mergeGapSeconds
        self.maximumDurationSeconds = maximumDurationSeconds
    }

    /// `base` with these values in place of its own. If only one threshold is given, the other
    /// gives way as far as it must: the off threshold is never above the on threshold.
    public func applied(to base: LabelParameters) -> LabelParameters {
        let on = onThreshold ?? max(base.onThreshold, offThreshold ?? 0)
        return LabelParameters(
            onThreshold: on,
            offThreshold: offThreshold ?? min(base.offThreshold, on),
            smoothingSeconds: smoothingSeconds ?? base.smoothingSeconds,
            minimumDurationSeconds: minimumDurationSeconds ?? base.minimumDurationSeconds,
            mergeGapSeconds: mergeGapSeconds ?? base.mergeGapSeconds,
            maximumDurationSeconds: maximumDurationSeconds ?? base.maximumDurationSeconds)
    }
}
