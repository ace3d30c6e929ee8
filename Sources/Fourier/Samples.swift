extension [Float] {
    /// Overwrites the samples from `place` on, in one piece: a loop over a span checks each of
    /// them.
    public mutating func overwrite(from place: Int, with samples: Span<Float>) {
        precondition(place >= 0 && samples.count <= count - place)
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe samples.withUnsafeBufferPointer { source in
                guard let start = target.baseAddress, let first = source.baseAddress
                else { return }
                // SAFETY: both ranges lie inside their memory, as just checked; a mutable array
                // shares its memory with no span.
                unsafe (start + place).update(from: first, count: source.count)
            }
        }
    }
}
