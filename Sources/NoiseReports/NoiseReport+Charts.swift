internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

/// The charts of a report.
extension NoiseReport {
    /// The labels of the level axes are to the left of it.
    private static let plotLeft = 44.0

    /// LAeq over time, with the band from L90 to L10. Times without measurements are hatched.
    func historyChart(_ size: ChartSize) -> String {
        var drawing = Drawing(
            size, height: size == .wide ? 320 : 250, description: historyDescription)
        let scale = timeScale(drawing)
        let bands = history.map { period in
            (period.histogram.exceeded(percent: 90), period.histogram.exceeded(percent: 10))
        }
        let levels =
            history.compactMap(\.summary.laeq) + bands.flatMap { [$0.0, $0.1].compactMap(\.self) }
        let axis = LevelAxis(levels: levels, top: 28, bottom: drawing.height - 30)
        shadeNights(in: &drawing, scale, top: axis.top, bottom: axis.bottom)
        hatchMissing(in: &drawing, scale, top: axis.top, bottom: axis.bottom)
        drawing.draw(axis, left: scale.left, right: scale.right, unit: unit)
        drawing.path(
            zip(history, bands).map { period, band in
                guard let low = band.0, let high = band.1 else { return "" }
                let (left, right) = (scale.x(period.start), scale.x(period.end))
                return Self.box(left, axis.y(high), right - left, axis.y(low) - axis.y(high))
            }.joined(), "band")
        drawing.path(stepLine(scale, axis), "leq")
        markLoudest(in: &drawing, scale, axis)
        drawing.draw(scale, top: axis.top, bottom: axis.bottom)
        return drawing.svg
    }

    /// Each event at its time, in one lane per label; the most frequent labels only.
    func eventChart(_ size: ChartSize) -> String {
        let lanes = tallies.prefix(Self.laneCount)
        let laneHeight = size.fontSize + 19
        var drawing = Drawing(
            size, height: Double(lanes.count) * laneHeight + 36,
            description: "Events over time: "
                + lanes.map { "\($0.label) \($0.count)" }.joined(separator: ", ") + ".")
        let scale = timeScale(drawing)
        let bottom = drawing.height - 30
        shadeNights(in: &drawing, scale, top: 4, bottom: bottom)
        hatchMissing(in: &drawing, scale, top: 4, bottom: bottom)
        for (index, tally) in lanes.enumerated() {
            let top = 4 + Double(index) * laneHeight
            let bar = top + size.fontSize + 6
            drawing.line(
                x1: scale.left, y1: top + laneHeight, x2: scale.right, y2: top + laneHeight,
                style: "grid")
            drawing.text(
                "\(tally.label) (\(tally.count))", x: scale.left + 4, y: top + size.fontSize + 1,
                style: "lane")
            drawing.path(
                occupied(tally.label, scale).map { Self.box($0.lowerBound, bar, $0.count, 9) }
                    .joined(), tally.label == SoundEvent.loudLabel ? "event loud" : "event")
        }
        drawing.draw(scale, top: 4, bottom: bottom)
        return drawing.svg
    }

    /// How many labels the event chart has room for.
    static let laneCount = 12

    /// Hours across, third-octave bands upwards, levels as colours.
    func heatMap(_ size: ChartSize) -> String {
        let columns = heatColumns
        let classes = LevelClasses(levels: columns.flatMap(\.total.summary.thirdOctaveLevels))
        let rowHeight = size == .wide ? 9.0 : 8
        var drawing = Drawing(
            size, height: 33 * rowHeight + 54,
            description: "Unweighted level of each third-octave band in each hour, "
                + "\(classes.description) \(bandUnit).")
        let (left, right, top) = (Self.plotLeft, drawing.width - 2, 24.0)
        let bottom = top + 33 * rowHeight
        let width = (right - left) / Double(max(1, columns.count))
        var paths = [String](repeating: "", count: classes.colors.count)
        for (index, column) in columns.enumerated() {
            let x = left + Double(index) * width
            let levels = column.total.summary.thirdOctaveLevels
            if levels.isEmpty {
                drawing.hatched(x: x, y: top, width: width, height: bottom - top)
            }
            for (band, level) in levels.enumerated() {
                let y = bottom - Double(band + 1) * rowHeight
                paths[classes.index(of: level)] += Self.box(x, y, width + 0.1, rowHeight + 0.1)
            }
        }
        for (path, color) in zip(paths, classes.colors) { drawing.path(path, fill: color) }
        labelBands(in: &drawing, left: left, bottom: bottom, rowHeight: rowHeight)
        let every = size == .wide ? 1 : 3
        for (index, column) in columns.enumerated() where index % every == 0 {
            drawing.text(
                column.label, x: left + (Double(index) + 0.5) * width,
                y: bottom + 8 + size.fontSize, anchor: .middle)
        }
        return drawing.svg
    }

    /// The colours of the heat map with their levels, for the HTML key.
    var heatMapKey: [(color: String, text: String)] {
        let classes = LevelClasses(levels: heatColumns.flatMap(\.total.summary.thirdOctaveLevels))
        return classes.colors.indices.map { (classes.colors[$0], classes.text(of: $0)) }
    }

    /// Leq of each third-octave band over the whole period.
    func spectrumChart(_ size: ChartSize) -> String {
        let levels = total.summary.thirdOctaveLevels
        var drawing = Drawing(
            size, height: size == .wide ? 280 : 220,
            description: "Unweighted Leq of each third-octave band over the period; the values "
                + "are in the table.")
        let (left, right) = (Self.plotLeft, drawing.width - 2)
        let axis = LevelAxis(levels: levels, top: 28, bottom: drawing.height - 30)
        drawing.draw(axis, left: left, right: right, unit: bandUnit)
        let width = (right - left) / Double(ThirdOctave.bands.count)
        for (index, level) in levels.enumerated() {
            let x = left + Double(index) * width
            drawing.rectangle(
                x: x + width * 0.12, y: axis.y(level), width: width * 0.76,
                height: axis.bottom - axis.y(level), style: "bar")
        }
        drawing.line(x1: left, y1: axis.bottom, x2: right, y2: axis.bottom, style: "axis")
        let every = size == .wide ? 3 : 6
        for index in stride(from: 1, to: ThirdOctave.bands.count, by: every) {
            drawing.text(
                Self.shortName(ThirdOctave.bands[index]), x: left + (Double(index) + 0.5) * width,
                y: axis.bottom + 8 + size.fontSize, anchor: .middle)
        }
        return drawing.svg
    }

    /// The unit of unweighted levels.
    var bandUnit: String { isAbsolute ? "dB" : "dB re FS" }
}

extension NoiseReport {
    /// The columns of the heat map: the hours of a day, or of all days together.
    private var heatColumns: [(label: String, total: LevelTotal)] {
        guard hours.count > 25 else {
            return hours.map { (twoDigits($0.localHour), LevelTotal([$0])) }
        }
        let byHour = Dictionary(grouping: hours, by: \.localHour)
        return (0..<24).map { (twoDigits($0), LevelTotal(byHour[$0] ?? [])) }
    }

    /// Whether a column of the heat map is an hour of several days.
    var heatMapIsOfAllDays: Bool { hours.count > 25 }

    private var historyDescription: String {
        let levels = history.compactMap(\.summary.laeq).filter(\.isFinite)
        guard let low = levels.min(), let high = levels.max() else {
            return "LAeq over time: nothing was measured."
        }
        return "LAeq over time, between \(LevelText.level(low)) and \(LevelText.level(high)) "
            + "\(unit). \(coverageSentence)."
    }

    private func timeScale(_ drawing: Drawing) -> TimeAxis {
        TimeAxis(
            since: period.since, until: period.until, left: Self.plotLeft,
            right: drawing.width - 2)
    }

    /// The nights, for periods in which they can be told apart.
    private func shadeNights(
        in drawing: inout Drawing, _ scale: TimeAxis, top: Double, bottom: Double
    ) {
        guard period.days <= 15 else { return }
        let nights = hours.filter { limits.part(ofHour: $0.localHour) == .night }
        for night in Self.joined(nights) {
            let x = scale.x(night.start)
            drawing.rectangle(
                x: x, y: top, width: scale.x(night.end) - x, height: bottom - top, style: "night")
        }
    }

    private func hatchMissing(
        in drawing: inout Drawing, _ scale: TimeAxis, top: Double, bottom: Double
    ) {
        for stretch in Self.joined(history.filter { $0.summary.seconds == 0 }) {
            let x = scale.x(stretch.start)
            drawing.hatched(
                x: x, y: top, width: scale.x(stretch.end) - x, height: bottom - top)
        }
    }

    /// Adjacent periods as one.
    private static func joined(_ periods: [LevelPeriod]) -> [(start: UTCTime, end: UTCTime)] {
        var result: [(start: UTCTime, end: UTCTime)] = []
        for period in periods {
            if result.last?.end == period.start {
                result[result.count - 1].end = period.end
            } else {
                result.append((period.start, period.end))
            }
        }
        return result
    }

    /// LAeq as steps, broken where nothing was measured.
    private func stepLine(_ scale: TimeAxis, _ axis: LevelAxis) -> String {
        var path = ""
        var isDown = false
        for period in history {
            guard let level = period.summary.laeq else {
                isDown = false
                continue
            }
            let y = Drawing.number(axis.y(level))
            path += isDown ? "V\(y)" : "M\(Drawing.number(scale.x(period.start))) \(y)"
            path += "H\(Drawing.number(scale.x(period.end)))"
            isDown = true
        }
        return path
    }

    /// LAFmax of the period, if the axis reaches that high.
    private func markLoudest(
        in drawing: inout Drawing, _ scale: TimeAxis, _ axis: LevelAxis
    ) {
        guard let time = loudestSecond, let level = total.summary.lafMaximum else { return }
        let x = scale.x(time)
        let y = axis.y(level)
        drawing.circle(x: x, y: y, radius: 4, style: "maximum")
        let fits = x < scale.right - 9 * drawing.size.fontSize
        let arrow = level > axis.highest ? "\u{2191} " : ""
        drawing.text(
            "\(arrow)LAFmax \(LevelText.level(level))", x: fits ? x + 8 : x - 8, y: y - 5,
            anchor: fits ? .start : .end, style: "lane")
    }

    /// The stretches of the axis that the events of a label occupy, at least 2 units each, not
    /// touching one another.
    private func occupied(_ label: String, _ scale: TimeAxis) -> [AxisStretch] {
        var result: [AxisStretch] = []
        for event in events.filter({ $0.label == label }).sorted(by: { $0.onset < $1.onset }) {
            let start = scale.x(event.onset)
            let end = max(scale.x(event.heardUntil), start + 2)
            if let last = result.last, start <= last.upperBound {
                result[result.count - 1].upperBound = max(last.upperBound, end)
            } else {
                result.append(AxisStretch(lowerBound: start, upperBound: end))
            }
        }
        return result
    }

    private func labelBands(
        in drawing: inout Drawing, left: Double, bottom: Double, rowHeight: Double
    ) {
        for index in stride(from: 1, to: ThirdOctave.bands.count, by: 3) {
            drawing.text(
                Self.shortName(ThirdOctave.bands[index]), x: left - 6,
                y: bottom - (Double(index) + 0.5) * rowHeight + 4, anchor: .end)
        }
        drawing.text("Hz", x: 0, y: 14, style: "unit")
    }

    /// `31.5`, `1k`, `12.5k`
    private static func shortName(_ band: OctaveBand) -> String {
        guard let hertz = Double(band.name), hertz >= 1_000 else { return band.name }
        return Drawing.number(hertz / 1_000) + "k"
    }

    private static func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
        "M\(Drawing.number(x)) \(Drawing.number(y))h\(Drawing.number(width))"
            + "v\(Drawing.number(height))h\(Drawing.number(-width))z"
    }
}

/// A part of an axis, in units of a drawing.
private struct AxisStretch {
    var lowerBound: Double
    var upperBound: Double

    var count: Double { upperBound - lowerBound }
}

/// Level classes of equal width with their colours, from the lowest, which is light.
private struct LevelClasses {
    private let lowest: Double
    private let step: Double
    let colors: [String]

    /// At most 14 classes for the levels; those more than 60 dB below the highest count as the
    /// lowest class.
    init(levels: [Double]) {
        let finite = levels.filter(\.isFinite)
        let highest = finite.max() ?? 0
        let lowest = max(finite.min() ?? 0, highest - 60)
        let step = [1.0, 2].first { (highest - lowest) / $0 <= 8 } ?? 5
        let start = (lowest / step).rounded(.down) * step
        let count = Int((highest - start) / step) + 1
        self.lowest = start
        self.step = step
        colors = (0..<count).map { Self.color((Double($0) + 0.5) / Double(count)) }
    }

    func index(of level: Double) -> Int {
        guard level > lowest else { return 0 }
        return min(colors.count - 1, Int((level - lowest) / step))
    }

    /// `40 to 45`
    func text(of index: Int) -> String {
        let lower = lowest + Double(index) * step
        let texts = [lower, lower + step].map { fixedPoint($0, places: 0) ?? "-" }
        return "\(texts[0]) to \(texts[1])"
    }

    var description: String {
        "from \(fixedPoint(lowest, places: 0) ?? "-") to "
            + "\(fixedPoint(lowest + step * Double(colors.count), places: 0) ?? "-")"
    }

    /// Sequential, even in grey: YlGnBu of ColorBrewer (colorbrewer2.org).
    private static let palette: [[Double]] = [
        [255, 255, 217], [237, 248, 177], [199, 233, 180], [127, 205, 187], [65, 182, 196],
        [29, 145, 192], [34, 94, 168], [37, 52, 148], [8, 29, 88],
    ]

    /// The colour at a position on the palette, 0 to 1.
    private static func color(_ place: Double) -> String {
        let position = place * Double(palette.count - 1)
        let index = min(Int(position), palette.count - 2)
        let share = position - Double(index)
        let parts = zip(palette[index], palette[index + 1]).map { first, second in
            fixedPoint(first + (second - first) * share, places: 0) ?? "0"
        }
        return "rgb(\(parts.joined(separator: ",")))"
    }
}
