public import Timekeeping

/// How sure the network was of each label within one second of the wall clock, so that other
/// thresholds can be tried on what is past.
public struct SecondScores: Sendable, Hashable {
    public var source: String
    /// The beginning of the second: a whole number of seconds.
    public var start: UTCTime
    public var labels: [String]
    /// For each label the highest score of the steps that begin in the second, in 255ths, not
    /// smoothed.
    public var maxima: [UInt8]

    public init(source: String, start: UTCTime, labels: [String], maxima: [UInt8]) {
        self.source = source
        self.start = start
        self.labels = labels
        self.maxima = maxima
    }

    /// The highest score of a label, 0 to 1.
    ///
    /// - Parameter label: an index of `labels`
    public func maximum(_ label: Int) -> Double { Double(maxima[label]) / 255 }
}
