/// What the comments of a correction file say about the sensitivity of the microphone.
///
/// It gives the level of an RMS of 1.0 to within 3 dB at best: microphones vary by that much from
/// their data sheets, and makers and readers do not agree on what the numbers refer to. So it is
/// only indicative; a calibrator tells the truth. A level in dBFS is treated as that of a sine,
/// which at full scale has an RMS 3.01 dB below 1.0.
struct MicrophoneSensitivity {
    private var factor: Double?
    private var analogueGain: Double?
    private var decibelsFullScale: Double?
    private(set) var serialNumber: String?

    /// Levels outside this range are not the sensitivity of a microphone.
    private static let accepted = 40.0...180.0
    private static let sineDecibels = 3.0103

    /// Takes what a comment says.
    mutating func read(_ line: Substring) {
        // A line of a megabyte is not a comment by the maker of a microphone.
        let line = line.prefix(400)
        let number = /[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)/
        factor = factor ?? Self.value(in: line, after: /(?i)sens\s*factor\s*=\s*/, number)
        analogueGain = analogueGain ?? Self.value(in: line, after: /(?i)again\s*=\s*/, number)
        decibelsFullScale =
            decibelsFullScale
            ?? Self.value(in: line, after: /(?i)sensitivity[^0-9+.\-]*/, number, unit: "dbfs")
        if serialNumber == nil, let match = line.firstMatch(of: /(?i)serno\s*:\s*([^\s",]+)/) {
            serialNumber = String(match.1.prefix(32))
        }
    }

    /// The level of an RMS of 1.0, in dB re 20 µPa.
    var fullScaleDecibels: Double? {
        let level: Double? =
            if let factor {
                minidsp(factor)
            } else if let decibelsFullScale {
                // REW: the level in dBFS of 94 dB.
                94 - decibelsFullScale + Self.sineDecibels
            } else {
                // Dayton gives dBV/Pa, which says nothing without the gain of the converter.
                nil
            }
        guard let level, Self.accepted.contains(level) else { return nil }
        return level
    }

    /// - A UMIK-2 (serial numbers 8…): the factor is the level in dBFS of 94 dB, at the gain given.
    /// - A UMIK-1 (7…): the factor is the deviation from the nominal sensitivity, at which a
    ///   full-scale sine is 133 dB less the gain, and an RMS of 1.0 is 115 dB at the usual 18 dB.
    ///
    /// Both come from readers of the files, not from the maker.
    private func minidsp(_ factor: Double) -> Double? {
        switch (serialNumber?.first, analogueGain) {
        case ("8", _): 94 - factor + Self.sineDecibels
        case ("7", let gain): 133 - (gain ?? 18) - factor
        case (_, nil): 115 - factor
        // A UMIK-1 or a UMIK-2: 20 dB apart.
        case (_, .some): nil
        }
    }

    private static func value(
        in line: Substring, after key: Regex<Substring>, _ number: Regex<Substring>,
        unit: String = "db"
    ) -> Double? {
        guard let found = line.firstMatch(of: key),
            let digits = line[found.range.upperBound...].prefixMatch(of: number)
        else { return nil }
        let rest = line[digits.range.upperBound...].drop(while: \.isWhitespace)
        return rest.lowercased().hasPrefix(unit) ? Double(digits.output) : nil
    }
}
