/// A number with a fixed number of decimals, halves rounded away from zero: 0.12345 with 4 places
/// is `0.1235`. `nil` for a number that is not finite or too large for that many decimals.
package func fixedPoint(_ number: Double, places: Int) -> String? {
    let scale = (0..<places).reduce(Int64(1)) { scale, _ in scale * 10 }
    guard let scaled = Int64(exactly: (number * Double(scale)).rounded()) else { return nil }
    let (whole, part) = scaled.magnitude.quotientAndRemainder(dividingBy: scale.magnitude)
    let sign = scaled < 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let digits = String(part)
    return "\(sign)\(whole)." + String(repeating: "0", count: places - digits.count) + digits
}

/// A number with its sign, even if it is not negative: `+0.10`.
package func signed(_ number: Double, places: Int) -> String {
    guard let text = fixedPoint(number, places: places) else { return "-" }
    return text.hasPrefix("-") ? text : "+" + text
}

/// A number with leading zeros, up to a width: `padded(7, 2)` is `07`.
package func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

package func twoDigits(_ number: Int) -> String { padded(number, 2) }

/// A length of time for people: `0.5 s`, `1 m 05 s`, `2 h 03 m`.
package func durationText(_ seconds: Double) -> String {
    guard seconds >= 59.95 else { return "\(fixedPoint(seconds, places: 1) ?? "-") s" }
    guard let whole = Int(exactly: seconds.rounded()) else { return "-" }
    let (hours, minutes, rest) = (whole / 3_600, whole / 60 % 60, whole % 60)
    return hours > 0 ? "\(hours) h \(twoDigits(minutes)) m" : "\(minutes) m \(twoDigits(rest)) s"
}

/// A number of bytes for people, in SI units: `512 B`, `8.9 kB`, `3.2 GB`.
package func sizeText(_ bytes: Int64) -> String {
    var (size, unit) = (Double(bytes), 0)
    let units = ["B", "kB", "MB", "GB", "TB"]
    while size.magnitude >= 999.95, unit < units.count - 1 {
        (size, unit) = (size / 1_000, unit + 1)
    }
    return "\(fixedPoint(size, places: unit == 0 ? 0 : 1) ?? "-") \(units[unit])"
}
