internal import Glibc
public import ModelFormat
internal import SoundNet
internal import SoundTypes

/// Which parts of a spectrogram a score depends on: parts of it are covered, the network hears it
/// again, and what the label's score loses is what the part was worth (Zeiler and Fergus,
/// "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2).
///
/// A part is covered with the background of its bands: in each band, the value that a tenth of the
/// frames stay below. A sound that never stops is background and cannot be covered this way.
///
/// Losses are differences of the logit, ln(p / (1 - p)), of the score p: they tell parts apart even
/// where the score is so close to 1 that it hardly moves.
public struct Occlusion: Sendable, Hashable {
    /// What a part is worth.
    public struct Loss: Sendable, Hashable {
        /// The frames that were covered.
        public var frames: Range<Int>
        /// The bands that were covered.
        public var bands: Range<Int>
        /// What the logit loses; below 0 where the part spoke against the label.
        public var logit: Float
        /// What the score loses.
        public var score: Float
    }

    /// The height and length of a cell; for `cells`, twice that each way is covered at once.
    public static let cellBands = 4
    public static let cellSeconds = 0.2

    /// The score of the label at the moment, with nothing covered.
    public let score: Float
    /// Small cells, in the order of the frames, then of the bands: the mean loss over the blocks
    /// that covered each.
    public let cells: [Loss]
    /// Bands covered over the whole stretch, from the lowest up.
    public let bands: [Loss]
    /// Times at which all bands were covered, oldest first.
    public let times: [Loss]

    /// What is covered before the step: as much as a picture of an event holds before the onset,
    /// which is more than the network remembers.
    private static let seconds = EventPicture.secondsBefore

    /// Covers what the network hears up to its score for a step. Takes about 0.7 ms per part and
    /// second of spectrogram, for some five hundred parts.
    ///
    /// - Parameters:
    ///   - logMel: [frames][bands]; silence is heard after its end
    ///   - label: the index of the label in the model
    ///   - step: the step of the score; step j begins with frame j · framesPerStep
    public init(model: Model, logMel: [Float], label: Int, step: Int) {
        let hop = model.features.hopSeconds
        let stepSeconds = hop * Double(model.framesPerStep)
        let stepsBefore = Int((Self.seconds / stepSeconds).rounded(.up))
        let first = max(0, step - stepsBefore) * model.framesPerStep
        let scorer = CoveredScorer(
            model: model, logMel: logMel, label: label, frames: first..<model.frameCount(for: step))
        let grid = Grid(
            frames: scorer.frames, bands: model.features.bands,
            cellFrames: max(1, Int((Self.cellSeconds / hop).rounded())))
        let whole = scorer.logit()
        score = Self.score(whole)
        func loss(_ frames: Range<Int>, _ bands: Range<Int>) -> Loss {
            let covered = scorer.logit(covering: frames, bands)
            return Loss(
                frames: frames, bands: bands, logit: whole - covered,
                score: Self.score(whole) - Self.score(covered))
        }
        bands = grid.bandCells.map { loss(grid.frames, $0) }
        times = grid.timeCells.map { loss($0, 0..<grid.bands) }
        let blocks = grid.blocks.map { loss($0.frames, $0.bands) }
        cells = grid.cells.map { frames, bands in
            let over = blocks.filter { $0.frames.overlaps(frames) && $0.bands.overlaps(bands) }
            let count = Float(over.count)
            return Loss(
                frames: frames, bands: bands,
                logit: over.reduce(0) { $0 + $1.logit } / count,
                score: over.reduce(0) { $0 + $1.score } / count)
        }
    }

    private static func score(_ logit: Float) -> Float { 1 / (1 + exp(-logit)) }

    /// The frames and bands, cut into cells. The last cell in time ends with the last frame.
    private struct Grid {
        let frames: Range<Int>
        let bands: Int
        let timeCells: [Range<Int>]
        let bandCells: [Range<Int>]

        init(frames: Range<Int>, bands: Int, cellFrames: Int) {
            self.frames = frames
            self.bands = bands
            timeCells = stride(from: frames.upperBound, to: frames.lowerBound, by: -cellFrames)
                .map { max(frames.lowerBound, $0 - cellFrames)..<$0 }.reversed()
            bandCells = stride(from: 0, to: bands, by: Occlusion.cellBands).map {
                $0..<min($0 + Occlusion.cellBands, bands)
            }
        }

        var cells: [(frames: Range<Int>, bands: Range<Int>)] {
            timeCells.flatMap { frames in bandCells.map { (frames, $0) } }
        }

        /// Two by two neighbouring cells.
        var blocks: [(frames: Range<Int>, bands: Range<Int>)] {
            let (frames, bands) = (Self.pairs(timeCells), Self.pairs(bandCells))
            return frames.flatMap { frames in bands.map { (frames, $0) } }
        }

        private static func pairs(_ cells: [Range<Int>]) -> [Range<Int>] {
            guard cells.count > 1 else { return cells }
            return zip(cells, cells.dropFirst()).map { $0.lowerBound..<$1.upperBound }
        }
    }
}

/// Lets the network hear a stretch of a spectrogram again and again, up to one score.
private struct CoveredScorer {
    /// The frames it hears.
    let frames: Range<Int>

    private let net: SoundNet
    private let label: Int
    private let bands: Int
    private let heard: [Float]  // [frames.count][bands]
    private let background: [Float]  // [bands]

    init(model: Model, logMel: [Float], label: Int, frames: Range<Int>) {
        net = SoundNet(model: model)
        self.label = label
        self.frames = frames
        bands = model.features.bands
        let known = logMel.prefix(frames.upperBound * bands).dropFirst(frames.lowerBound * bands)
        let silence = Float(log(model.features.floor))
        heard = known + Array(repeating: silence, count: frames.count * bands - known.count)
        background = Self.background(of: Array(known), bands: bands)
    }

    /// The logit of the last score, with the values of some frames and bands covered.
    func logit(covering covered: Range<Int> = 0..<0, _ coveredBands: Range<Int> = 0..<0) -> Float {
        net.reset()
        var score: Float = 0
        var frame = [Float](repeating: 0, count: bands)
        for index in frames {
            let start = (index - frames.lowerBound) * bands
            for band in 0..<bands { frame[band] = heard[start + band] }
            if covered.contains(index) {
                for band in coveredBands { frame[band] = min(frame[band], background[band]) }
            }
            net.process(frame.span) { score = $0[label] }
        }
        // A Float next to 1 is 1 - 6e-8: beyond a logit of 16 nothing can be told apart.
        let held = min(max(score, 1e-7), 1 - 1e-7)
        return log(held / (1 - held))
    }

    /// The value of each band that a tenth of its frames stay below.
    private static func background(of logMel: [Float], bands: Int) -> [Float] {
        let count = logMel.count / bands
        guard count > 0 else { return Array(repeating: 0, count: bands) }
        return (0..<bands).map { band in
            let values = (0..<count).map { logMel[$0 * bands + band] }.sorted()
            return values[(count - 1) / 10]
        }
    }
}

extension Model {
    /// The frames that the score of a step depends on, counted from the first one.
    fileprivate func frameCount(for step: Int) -> Int {
        (step + 1 + delaySteps) * framesPerStep
    }
}
