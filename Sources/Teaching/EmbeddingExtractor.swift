internal import ModelFormat
internal import SoundNet

/// Runs frames through the network, from a clip or from what was stored of a sound.
final class EmbeddingExtractor {
    let model: Model
    private let net: SoundNet

    init(model: Model) {
        self.model = model
        net = SoundNet(model: model)
    }

    /// The embedding of every whole step of the frames, [steps][embeddingSize]. The last frame is
    /// repeated to cover the delay of the network.
    func embeddings(of frames: SoundFrames) -> EmbeddingTable {
        net.reset()
        var table = EmbeddingTable(size: model.embeddingSize)
        let steps = frames.count / model.framesPerStep
        guard steps > 0 else { return table }
        var step = 0
        for index in 0..<(steps + model.delaySteps) * model.framesPerStep {
            let start = min(index, frames.count - 1) * frames.bands
            net.process(frames.values.span.extracting(start..<start + frames.bands)) { _ in
                if step >= model.delaySteps { net.withEmbedding { table.append($0) } }
                step += 1
            }
        }
        return table
    }
}
