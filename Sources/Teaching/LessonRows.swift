internal import Glibc

/// Everything a head is fitted to, standardised with the mean and deviation of the background, one
/// row per step: the taught sound, sounds mistaken for it, the noise before both, and the
/// background.
struct LessonRows {
    typealias Lanes = EmbeddingTable.Lanes

    /// The group of rows that are not from the background.
    static let noGroup = -1
    /// A value that hardly changes says nothing; its deviation counts as at least this.
    private static let leastDeviation: Float = 1e-3

    /// [rows][embeddingSize + 1], the last one is 1
    private(set) var table: EmbeddingTable
    /// 1 for the taught sound, otherwise −1, [rows]
    private(set) var signs: [Float] = []
    /// The clip of a row, or the mistake, or the excerpt of the background: rows that are left out
    /// together. [rows]
    private(set) var number: [Int] = []
    /// The background group of a row, or `noGroup`, [rows]
    private(set) var group: [Int] = []
    private(set) var backgroundRows: Range<Int> = 0..<0

    private let mean: [Float]
    private let deviation: [Float]

    init(lesson: Lesson, background: BackgroundSet, soundRows: Int, noiseRows: Int) {
        (mean, deviation) = background.embeddings.moments
        table = EmbeddingTable(size: background.embeddings.size + 1)
        append(lesson.clips, sign: 1, rows: soundRows, noiseRows: noiseRows)
        append(lesson.mistakes, sign: -1, rows: soundRows, noiseRows: noiseRows)
        let first = signs.count
        for (step, group) in background.groupOfStep.enumerated() {
            append(
                background.embeddings.row(step), sign: -1,
                number: step / BackgroundSet.stepsPerExcerpt, group: group)
        }
        backgroundRows = first..<signs.count
    }

    /// The steps in which clips are heard, about `rows` of them, and those of the noise before.
    private mutating func append(
        _ clips: [[Lesson.Rendition]], sign: Float, rows: Int, noiseRows: Int
    ) {
        let renditions = clips.enumerated().flatMap { clip, renditions in
            renditions.map { (clip: clip, rendition: $0) }
        }
        let heard = renditions.reduce(0) { $0 + $1.rendition.isActive.count { $0 } }
        let lead = renditions.reduce(0) { $0 + $1.rendition.leadSteps }
        for (clip, rendition) in renditions {
            let steps = rendition.embeddings.count
            let active = (0..<min(steps, rendition.isActive.count)).filter {
                rendition.isActive[$0]
            }
            append(active, of: rendition.embeddings, sign: sign, clip, every: heard / rows + 1)
            let before = Array(0..<min(steps, rendition.leadSteps))
            append(before, of: rendition.embeddings, sign: -1, clip, every: lead / noiseRows + 1)
        }
    }

    private mutating func append(
        _ steps: [Int], of embeddings: EmbeddingTable, sign: Float, _ clip: Int, every: Int
    ) {
        for index in stride(from: 0, to: steps.count, by: every) {
            append(embeddings.row(steps[index]), sign: sign, number: clip, group: Self.noGroup)
        }
    }

    private mutating func append(_ values: [Float], sign: Float, number: Int, group: Int) {
        var row = values.indices.map {
            (values[$0] - mean[$0]) / max(deviation[$0], Self.leastDeviation)
        }
        row.append(1)
        table.append(row.span)
        signs.append(sign)
        self.number.append(number)
        self.group.append(group)
    }

    /// The line that separates the rows for which `isIn` holds. Both sides weigh one half.
    func fit(penalty: Float, where isIn: (Int) -> Bool) -> [Lanes] {
        var counts = (positive: 0, negative: 0)
        let members = signs.indices.map(isIn)
        for row in signs.indices where members[row] {
            if signs[row] > 0 { counts.positive += 1 } else { counts.negative += 1 }
        }
        let weights = signs.indices.map { row -> Float in
            guard members[row] else { return 0 }
            return 0.5 / Float(signs[row] > 0 ? counts.positive : counts.negative)
        }
        var penalties = [Lanes](repeating: Lanes(repeating: penalty), count: table.stride)
        let constant = table.size - 1
        penalties[constant / Lanes.scalarCount][constant % Lanes.scalarCount] = 0
        return LogisticRegression(
            rows: table, signs: signs, weights: weights, penalty: penalties
        ).fit()
    }

    /// The score of a row, 0 to 1.
    func score(_ row: Int, _ line: [Lanes]) -> Float {
        1 / (1 + exp(-table.dot(row, line)))
    }

    /// The head for a line: it takes embeddings as they are.
    func head(_ line: [Lanes], thresholds: TaughtHead.Thresholds) -> TaughtHead {
        func weight(_ index: Int) -> Float {
            line[index / Lanes.scalarCount][index % Lanes.scalarCount]
        }
        let weights = mean.indices.map {
            weight($0) / max(deviation[$0], Self.leastDeviation)
        }
        let shift = zip(weights, mean).reduce(0) { $0 + $1.0 * $1.1 }
        return TaughtHead(
            weights: weights, bias: weight(table.size - 1) - shift, thresholds: thresholds)
    }
}
