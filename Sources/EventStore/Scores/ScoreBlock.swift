internal import Database

/// The scores of twenty seconds of a source, and the form in which they are stored.
///
/// | bytes | content |
/// |---|---|
/// | 1 | the form of the scores |
/// | 3 | which seconds there are: bit 0 is the first; little endian |
/// | rest | the scores: label by label, of each the seconds that there are |
///
/// In form 0 each score is a byte. In form 1 a zero is followed by a byte that says how many zeros
/// there are in a row, 1 to 255. The shorter form is taken.
struct ScoreBlock: Equatable {
    static let seconds = 20

    private static let plain: UInt8 = 0
    private static let zeroRuns: UInt8 = 1
    private static let headBytes = 4

    private let labelCount: Int
    /// Bit n: second n is there.
    private var present: UInt32 = 0
    /// [labels][seconds]
    private var scores: [UInt8]

    init(labelCount: Int) {
        self.labelCount = labelCount
        scores = [UInt8](repeating: 0, count: labelCount * Self.seconds)
    }

    /// Adds a second, an index; of one that is there already, the higher scores count.
    mutating func add(_ second: Int, _ maxima: [UInt8]) {
        present |= 1 << UInt32(second)
        for (label, score) in maxima.enumerated() {
            let place = label * Self.seconds + second
            scores[place] = max(scores[place], score)
        }
    }

    /// The seconds that there are, as indices.
    var known: [Int] {
        var known: [Int] = []
        for second in 0..<Self.seconds where present & 1 << UInt32(second) != 0 {
            known.append(second)
        }
        return known
    }

    /// The scores of a second, [labels].
    func maxima(_ second: Int) -> [UInt8] {
        var maxima = [UInt8](repeating: 0, count: labelCount)
        for label in 0..<labelCount { maxima[label] = scores[label * Self.seconds + second] }
        return maxima
    }

    /// The score of a label in a second.
    func maximum(_ second: Int, label: Int) -> UInt8 { scores[label * Self.seconds + second] }

    // MARK: As it is stored

    var encoded: [UInt8] {
        let plain = plainScores
        let runs = Self.withZeroRuns(plain)
        let isShorter = runs.count < plain.count
        let head = (0..<3).map { UInt8(truncatingIfNeeded: present >> (8 * UInt32($0))) }
        return [isShorter ? Self.zeroRuns : Self.plain] + head + (isShorter ? runs : plain)
    }

    init(encoded bytes: [UInt8], labelCount: Int) throws {
        self.init(labelCount: labelCount)
        guard bytes.count >= Self.headBytes else { throw Self.damage("\(bytes.count) bytes") }
        present = UInt32(bytes[1]) | UInt32(bytes[2]) << 8 | UInt32(bytes[3]) << 16
        guard present >> UInt32(Self.seconds) == 0 else {
            throw Self.damage("there are more seconds than \(Self.seconds)")
        }
        let count = labelCount * present.nonzeroBitCount
        let rest = bytes[Self.headBytes...]
        let plain: [UInt8]
        switch bytes[0] {
        case Self.plain: plain = Array(rest)
        case Self.zeroRuns: plain = try Self.withoutZeroRuns(rest, count: count)
        default: throw Self.damage("their form is \(bytes[0])")
        }
        guard plain.count == count else {
            throw Self.damage("there are \(plain.count), not \(count)")
        }
        setScores(plain)
    }

    private static func damage(_ what: String) -> RowFault {
        RowFault("stored scores are damaged: \(what)")
    }

    /// Those of the seconds that there are.
    private var plainScores: [UInt8] {
        let known = known
        return (0..<labelCount).flatMap { label in
            known.map { scores[label * Self.seconds + $0] }
        }
    }

    private mutating func setScores(_ plain: [UInt8]) {
        let known = known
        guard known.count < Self.seconds else {
            scores = plain
            return
        }
        var index = 0
        for label in 0..<labelCount {
            for second in known {
                scores[label * Self.seconds + second] = plain[index]
                index += 1
            }
        }
    }

    private static func withZeroRuns(_ scores: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var zeros = 0
        for score in scores {
            if score == 0, zeros > 0, zeros < 255 {
                zeros += 1
                bytes[bytes.count - 1] += 1
            } else if score == 0 {
                zeros = 1
                bytes += [0, 1]
            } else {
                zeros = 0
                bytes.append(score)
            }
        }
        return bytes
    }

    private static func withoutZeroRuns(
        _ bytes: ArraySlice<UInt8>, count: Int
    ) throws -> [UInt8] {
        var scores: [UInt8] = []
        scores.reserveCapacity(count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            guard byte == 0 else {
                scores.append(byte)
                continue
            }
            guard index < bytes.endIndex, bytes[index] > 0 else {
                throw damage("a run of zeros has no length")
            }
            scores.append(contentsOf: repeatElement(0, count: Int(bytes[index])))
            index += 1
            guard scores.count <= count else { throw damage("there are more than \(count)") }
        }
        return scores
    }
}
