public import HostSystem

/// A source as the configuration names it: `alsa:NAME`, `file:PATH` or `stdin`.
public enum SourceSpecification: Sendable, Hashable, CustomStringConvertible {
    /// Any name that libasound knows: `hw:1,0`, `plughw:1`, `default`; or the name that udev gives
    /// to a card, which stays: `by-id/…`, `by-path/…`.
    case alsa(String)
    /// A recording: WAV, FLAC or Ogg.
    case file(String)
    /// Raw PCM on standard input.
    case standardInput

    public init(parsing text: String) throws(SourceSpecificationError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count == 2 ? String(parts[1]) : nil
        switch (parts.first, rest) {
        case ("alsa", let name?) where !name.isEmpty: self = .alsa(name)
        case ("file", let path?) where !path.isEmpty: self = .file(path)
        case ("stdin", nil): self = .standardInput
        default: throw SourceSpecificationError(text: text)
        }
    }

    /// Whether it names a device, which runs on by itself, rather than a recording or a stream.
    public var isDevice: Bool {
        if case .alsa = self { true } else { false }
    }

    /// Whether it is a file, which was recorded at some other time.
    public var isRecording: Bool {
        if case .file = self { true } else { false }
    }

    /// The text that parses to the same value.
    public var description: String {
        switch self {
        case .alsa(let name): "alsa:" + name
        case .file(let path): "file:" + path
        case .standardInput: "stdin"
        }
    }
}

/// The text does not name a source. Remedy: write one of the three forms.
public struct SourceSpecificationError: ExitStatusProviding, Hashable {
    public let text: String

    public init(text: String) {
        self.text = text
    }

    public var exitStatus: ExitStatus { .usage }

    public var description: String {
        "source: \"\(text)\" does not name a source; accepted: alsa:NAME, file:PATH, stdin\(hint)"
    }

    /// "; did you mean 'alsa:hw:1,0'?" if the text is a name without its kind; otherwise empty.
    public var hint: String { suggestion.map { "; did you mean '\($0)'?" } ?? "" }

    private var suggestion: SourceSpecification? {
        let devices = [
            "hw", "plughw", "default", "sysdefault", "dsnoop", "plug", "pulse", "pipewire",
        ]
        let lowered = text.lowercased()
        if lowered == "-" || lowered == "/dev/stdin" { return .standardInput }
        if devices.contains(where: { text == $0 || text.hasPrefix($0 + ":") }) {
            return .alsa(text)
        }
        for link in ["by-id/", "by-path/"] {
            guard let range = text.firstRange(of: link) else { continue }
            let folder = text[..<range.lowerBound]
            guard ["", "/dev/snd/"].contains(folder) else { continue }
            return .alsa(String(text[range.lowerBound...]))
        }
        let isFile =
            text.contains("/") && !text.contains(":")
            || [".wav", ".flac", ".ogg"].contains { lowered.hasSuffix($0) }
        return isFile ? .file(text) : nil
    }
}
