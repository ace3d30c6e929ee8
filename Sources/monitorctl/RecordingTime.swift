internal import ArgumentParser

/// A position in a recording: `12.5` seconds, `1:07.5` or `1:02:07.5`.
enum RecordingTime {
    /// - Returns: seconds
    static func parse(_ option: String, _ text: String) throws -> Double {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        let isPlain = text.wholeMatch(of: /([0-9]{1,5}:){0,2}[0-9]{1,7}(\.[0-9]+)?/) != nil
        let numbers = fields.compactMap { Double($0) }
        guard isPlain, numbers.dropFirst().allSatisfy({ $0 < 60 }) else {
            throw ValidationError(
                "\(option) '\(text)' is no place in a recording; accepted: seconds (67.5), "
                    + "minutes and seconds (1:07.5), or hours too (1:02:07.5)")
        }
        return numbers.reduce(0) { $0 * 60 + $1 }
    }
}
