internal import CSndfile
internal import Glibc

/// Reads on in a FLAC file that libsndfile gave up at damage: what is whole is decoded, and what is
/// not is a gap.
@safe final class FLACSalvage {
    enum Passage {
        case samples(count: Int)
        /// These frames cannot be decoded.
        case lost(Int64)
        case end
    }

    private let frames: FLACFrames
    private let descriptor: Int32
    private var position: Int64
    private var decoder: RunDecoder?
    /// The run that is being decoded, or the next one.
    private var next = 0

    /// - Parameter position: the frame to read on with
    init?(descriptor: Int32, fileBytes: UInt64, position: Int64) {
        guard let frames = FLACFrames(descriptor: descriptor, fileBytes: fileBytes)
        else { return nil }
        self.frames = frames
        self.descriptor = descriptor
        self.position = position
    }

    /// Reads up to `count` frames; there must be room for them.
    func read(into target: UnsafeMutablePointer<Float>, count: Int) -> Passage {
        while next < frames.runs.count {
            let run = frames.runs[next].samples
            if position < run.lowerBound {
                defer { position = run.lowerBound }
                return .lost(run.lowerBound - position)
            }
            let wanted = Int(min(Int64(count), run.upperBound - position))
            // SAFETY: the caller gives room for `count` frames.
            let read = wanted > 0 ? unsafe decode(into: target, count: wanted) : 0
            position += Int64(read)
            if read > 0 { return .samples(count: read) }
            next += 1
            decoder = nil
        }
        return .end
    }

    /// Decodes what is next of a run, from `position` on.
    private func decode(into target: UnsafeMutablePointer<Float>, count: Int) -> Int {
        let run = frames.runs[next]
        if decoder == nil {
            decoder = RunDecoder(
                descriptor: descriptor, metadata: frames.metadata, frames: run.bytes)
            var toSkip = position - run.samples.lowerBound
            while toSkip > 0 {
                // SAFETY: the caller gives room for `count` frames.
                let skipped = unsafe decoder?.read(into: target, count: min(count, Int(toSkip)))
                guard let skipped, skipped > 0 else { return 0 }
                toSkip -= Int64(skipped)
            }
        }
        // SAFETY: as above.
        return unsafe decoder?.read(into: target, count: count) ?? 0
    }
}

/// Decodes a part of a FLAC file as if it were a file: its metadata, and then some frames.
@safe private final class RunDecoder {
    private let file: PartialFile
    private let handle: OpaquePointer

    init?(descriptor: Int32, metadata: Range<UInt64>, frames: Range<UInt64>) {
        file = PartialFile(descriptor: descriptor, parts: [metadata, frames])
        var access = unsafe SF_VIRTUAL_IO(
            get_filelen: { unsafe PartialFile.from($0).byteCount },
            seek: { unsafe PartialFile.from($2).seek(by: $0, from: $1) },
            read: { unsafe PartialFile.from($2).read(into: $0, count: $1) },
            write: { _, _, _ in 0 },
            tell: { unsafe PartialFile.from($0).position })
        var info = SF_INFO()
        // SAFETY: the structures are valid throughout the call, which copies the first; the file
        // lives as long as the handle.
        guard
            let handle = unsafe sf_open_virtual(
                &access, Int32(SFM_READ), &info, Unmanaged.passUnretained(file).toOpaque())
        else { return nil }
        unsafe self.handle = handle
    }

    deinit {
        // SAFETY: opened by this object and used by nobody else.
        unsafe sf_close(handle)
    }

    func read(into frames: UnsafeMutablePointer<Float>, count: Int) -> Int {
        // SAFETY: the caller gives room for `count` frames.
        Int(unsafe sf_readf_float(handle, frames, sf_count_t(count)))
    }
}

/// Parts of a file, one after the other.
private final class PartialFile {
    let byteCount: sf_count_t
    var position: sf_count_t = 0
    private let descriptor: Int32
    private let parts: [Range<UInt64>]

    init(descriptor: Int32, parts: [Range<UInt64>]) {
        self.descriptor = descriptor
        self.parts = parts
        byteCount = sf_count_t(parts.reduce(0) { $0 + $1.count })
    }

    static func from(_ data: UnsafeMutableRawPointer?) -> PartialFile {
        // SAFETY: libsndfile hands back what it was opened with.
        unsafe Unmanaged<PartialFile>.fromOpaque(data!).takeUnretainedValue()
    }

    func seek(by offset: sf_count_t, from origin: Int32) -> sf_count_t {
        let start =
            switch origin {
            case Int32(SEEK_SET): sf_count_t(0)
            case Int32(SEEK_CUR): position
            default: byteCount
            }
        position = min(max(start + offset, 0), byteCount)
        return position
    }

    func read(into target: UnsafeMutableRawPointer?, count: sf_count_t) -> sf_count_t {
        var done: sf_count_t = 0
        while done < count {
            var place = UInt64(position)
            guard let part = parts.first(where: { Self.take(&place, $0) }),
                let target = unsafe target
            else { break }
            let size = min(Int(count - done), part.count - Int(place))
            // SAFETY: the caller has room for `count` bytes.
            let found = unsafe pread(
                descriptor, target + Int(done), size, off_t(part.lowerBound + place))
            guard found > 0 else { break }
            done += sf_count_t(found)
            position += sf_count_t(found)
        }
        return done
    }

    /// Whether `place` lies in a part; if not, it is counted from the next one.
    private static func take(_ place: inout UInt64, _ part: Range<UInt64>) -> Bool {
        if place < UInt64(part.count) { return true }
        place -= UInt64(part.count)
        return false
    }
}
