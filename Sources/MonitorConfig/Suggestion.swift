/// "did you mean 'x'?" if a known name is close, otherwise the known names.
func hint(_ name: String, among known: [String]) -> String {
    let lowered = name.lowercased()
    // Among equally close names, one that is only longer, or only shorter, is meant.
    let nearest = known.map { known in
        let other = known.lowercased()
        let isExtended = other.hasPrefix(lowered) || lowered.hasPrefix(other)
        return (name: known, distance: distance(lowered, other), rank: isExtended ? 0 : 1)
    }.min { ($0.distance, $0.rank) < ($1.distance, $1.rank) }
    if let nearest, nearest.distance <= max(1, nearest.name.count / 3) {
        return "did you mean '\(nearest.name)'?"
    }
    let listed = known.prefix(20).joined(separator: ", ")
    return "known: \(listed)" + (known.count > 20 ? " and \(known.count - 20) more" : "")
}

/// The smallest number of insertions, deletions, replacements and swaps of neighbours between two
/// words (optimal string alignment distance).
func distance(_ left: String, _ right: String) -> Int {
    // A name of absurd length is close to nothing; this bounds the work.
    let left = Array(left.prefix(64))
    let right = Array(right.prefix(64))
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            let replacement = last[column] + (left[row] == right[column] ? 0 : 1)
            var best = min(replacement, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, left[row] == right[column - 1],
                left[row - 1] == right[column]
            {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
