internal import Glibc
internal import ModelFormat

/// The output of one layer: the frames of the newest step, after older ones that the next layer
/// looks back at.
///
/// The frames of one step follow those of the step before until the memory ends; then the older
/// ones that are still seen move to its beginning. So a long history is rarely moved.
/// ```
/// |<- start ->|<- history ->|<- newest ->|          |
/// ```
@safe final class Stream {
    let shape: StepShape
    /// Older frames kept before the new ones.
    private let history: Int
    private let capacity: Int  // frames
    private let frames: UnsafeMutablePointer<Float>  // [capacity][bands][channels]
    private var start = 0

    init(shape: StepShape, history: Int) {
        self.shape = shape
        self.history = history
        capacity = shape.keptFrames(history: history)
        unsafe frames = .allocate(capacity: capacity * shape.frameSize)
        // SAFETY: the memory was just allocated with this capacity.
        unsafe frames.initialize(repeating: 0, count: capacity * shape.frameSize)
    }

    deinit { unsafe frames.deallocate() }

    /// The frames of the newest step, `newCount` values.
    var newest: UnsafeMutablePointer<Float> {
        unsafe frames + (start + history) * shape.frameSize
    }

    var newCount: Int { shape.frames * shape.frameSize }

    /// Makes room for the next step; what was newest becomes history.
    func advance() {
        start += shape.frames
        guard start + history + shape.frames > capacity else { return }
        // SAFETY: both ranges are inside the memory: the history ends where the step before ended.
        // memmove allows their overlap.
        unsafe memmove(
            frames, frames + start * shape.frameSize,
            history * shape.frameSize * MemoryLayout<Float>.stride)
        start = 0
    }

    /// Forgets all frames: the history is zero.
    func clear() {
        start = 0
        // SAFETY: this many values were allocated.
        unsafe frames.update(repeating: 0, count: capacity * shape.frameSize)
    }
}
