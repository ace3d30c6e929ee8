extension [Float] {
    /// Overwrites the samples from `place` onwards in one go: a loop over a span would check each
    /// one.
    public mutating func overwrite(from place: Int, with samples: Span<Float>) {
        precondition(place >= 0 && samples.count <= count - place)
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe samples.withUnsafeBufferPointer { source in
                guard let start = target.baseAddress, let first = source.baseAddress
                else { return }
                // SAFETY: both ranges are inside their memory, as just checked; a mutable array
                // never shares its memory with a span.
                unsafe (start + place).update(from: first, count: source.count)
            }
        }
    }
}
