import Foundation
import LevelTypes
import Measurements
import SoundLevels

// Prints the tables of docs/levels.md: what the meter shows, against the design goals.

let rates = LevelMeter.sampleRates

func fixed(_ value: Double, _ places: Int) -> String {
    String(format: "%+.\(places)f", value)
}

func printTable(_ title: String, _ columns: [String], _ rows: [[String]]) {
    print("\n### \(title)\n")
    print("| " + columns.joined(separator: " | ") + " |")
    print(String(repeating: "|---", count: columns.count) + "|")
    for row in rows { print("| " + row.joined(separator: " | ") + " |") }
}

/// The errors at each frequency, [frequencies][rates]; `nil` above the valid range.
func weightingErrors() throws -> [[[Standard.Weighting: Double]?]] {
    try Standard.weightings.map { row in
        try rates.map { rate in
            guard row.exactHertz <= 0.47 * Double(rate) else { return nil }
            return try Measurement.weightingErrors(hertz: row.exactHertz, rate: rate)
        }
    }
}

func toneburstRows() throws -> [[String]] {
    try Standard.tonebursts.map { row in
        let shown = try Measurement.toneburst(milliseconds: row.milliseconds, rate: 48_000)
        let goals = [
            row.maximum(timeConstant: 0.125), row.maximum(timeConstant: 1), row.exposure,
        ]
        let pairs = zip(goals, [shown.fast, shown.slow, shown.exposure])
        return [String(row.milliseconds)]
            + pairs.flatMap { [fixed($0, 2), fixed($1 - $0, 3)] }
    }
}

func peakRows() throws -> [[String]] {
    try Standard.peaks.map { row in
        let cells = try rates.map { rate in
            guard row.hertz < 0.45 * Double(rate) else { return "" }
            return fixed(try Measurement.peak(row.shape, hertz: row.hertz, rate: rate), 2)
        }
        return [row.shape.rawValue, String(row.hertz), fixed(row.difference, 1)] + cells
    }
}

func bandRows() throws -> [[String]] {
    let results = try Measurement.bandResults(rate: 48_000, stepsPerOctave: 48)
    let named =
        results.thirds.map { ("1/3", $0) } + results.octaves.map { ("1/1", $0) }
    return named.map { kind, result in
        [
            "\(kind) \(result.band.name)", fixed(result.middle, 3), fixed(result.margin, 2),
            String(format: "%.1f", result.worstHertz), fixed(result.bandwidthDeviation, 3),
        ]
    }
}

let errors = try weightingErrors()
for (name, weighting) in [("A", Standard.Weighting.a), ("C", .c)] {
    let rows = zip(Standard.weightings, errors).map { row, errors in
        [String(row.nominalHertz)] + errors.map { $0?[weighting].map { fixed($0, 4) } ?? "" }
    }
    printTable("Frequency weighting \(name): error in dB", ["Hz"] + rates.map { "at \($0)" }, rows)
}
printTable(
    "Tonebursts of 4 kHz at 48 kHz, in dB",
    ["ms", "LAFmax goal", "error", "LASmax goal", "error", "LAE goal", "error"],
    try toneburstRows())
let decay = try Measurement.decay(rate: 48_000)
printTable(
    "Decay at 48 kHz, in dB/s", ["", "goal", "measured"],
    [["F", "34.744", fixed(decay.fast, 3)], ["S", "4.343", fixed(decay.slow, 3)]])
printTable(
    "C peak: LCpeak - LC in dB", ["signal", "Hz", "goal"] + rates.map { "at \($0)" },
    try peakRows())
printTable(
    "Bands at 48 kHz, in dB",
    ["band", "at the middle", "least margin to class 1", "at Hz", "bandwidth deviation"],
    try bandRows())
