/// How scores become events: what holds for every label, and what differs for some.
public struct TrackingParameters: Sendable, Hashable {
    /// What holds for every label without an entry in `labels`.
    public var common: LabelParameters
    /// What differs, by label.
    public var labels: [String: LabelOverrides]

    public init(common: LabelParameters = .init(), labels: [String: LabelOverrides] = [:]) {
        self.common = common
        self.labels = labels
    }

    /// The parameters of one label.
    public func parameters(for label: String) -> LabelParameters {
        labels[label]?.applied(to: common) ?? common
    }
}

/// What differs from the common parameters for one label; `nil` keeps the common value.
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

    /// `common` with these values in place of its own.
    public func applied(to common: LabelParameters) -> LabelParameters {
        LabelParameters(
            onThreshold: onThreshold ?? common.onThreshold,
            offThreshold: offThreshold ?? common.offThreshold,
            smoothingSeconds: smoothingSeconds ?? common.smoothingSeconds,
            minimumDurationSeconds: minimumDurationSeconds ?? common.minimumDurationSeconds,
            mergeGapSeconds: mergeGapSeconds ?? common.mergeGapSeconds,
            maximumDurationSeconds: maximumDurationSeconds ?? common.maximumDurationSeconds)
    }
}
