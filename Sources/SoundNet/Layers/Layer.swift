/// One layer of the streaming network. `step` computes the newest frames of its output from those
/// of its source, and from older ones; the network has made room for them.
protocol Layer: AnyObject {
    func step()
    /// Forgets what is not kept in streams.
    func reset()
}

extension Layer {
    func reset() {}
}
