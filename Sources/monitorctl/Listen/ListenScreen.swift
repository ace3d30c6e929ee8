internal import Glibc
internal import HostSystem

/// Shows what is heard on the whole of a terminal, and leaves that as it was.
struct ListenScreen {
    private static let interval = Duration.milliseconds(100)
    /// ECMA-48, and xterm's second screen: what was on the terminal comes back at the end.
    private static let begin = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J"
    private static let end = "\u{1B}[?25h\u{1B}[?1049l"

    private let hearing: LiveHearing
    private let title: String
    private let palette = ListenPicture.Palette.ofTerminal

    init(_ hearing: LiveHearing, title: String) {
        (self.hearing, self.title) = (hearing, title)
    }

    /// Until nothing more comes, `q` is typed or a signal asks for the end.
    func run(_ signals: TerminalSignals) throws -> ListenEnding {
        let keys = TerminalKeys()
        StandardStream.output.offer(Self.begin)
        defer {
            StandardStream.output.offer(Self.end)
            keys.restore()
        }
        while !hearing.hasEnded {
            try draw()
            switch signals.next(within: Self.interval) {
            case .end(let number): return .signal(number)
            case .hold:
                StandardStream.output.offer(Self.end)
                keys.restore()
                signals.hold()
                keys.take()
                StandardStream.output.offer(Self.begin)
            case .redraw, nil: break
            }
            if keys.typed.contains(where: { "qQ".utf8.contains($0) }) { return .done }
        }
        return .done
    }

    /// A terminal that is held misses a picture.
    private func draw() throws(OutputError) {
        guard StandardStream.output.isReady, let size = StandardStream.output.terminalSize else {
            return
        }
        let picture = ListenPicture(
            title: title, columns: size.columns, rows: size.rows, palette: palette)
        // ECMA-48: the cursor to the first place; what is behind a line, and below, is erased.
        let lines = picture.lines(hearing.moment).joined(separator: "\u{1B}[K\r\n")
        try StandardStream.output.write("\u{1B}[H" + lines + "\u{1B}[K\u{1B}[J")
    }
}

/// The keys that are typed, without their showing on the terminal.
private struct TerminalKeys {
    private let original: termios?

    init() {
        var settings = termios()
        // SAFETY: the structure outlives the call.
        original = unsafe tcgetattr(STDIN_FILENO, &settings) == 0 ? settings : nil
        take()
    }

    func take() {
        guard var settings = original else { return }
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON)
        // SAFETY: the structure outlives the call.
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    func restore() {
        guard var settings = original else { return }
        // SAFETY: the structure outlives the call.
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    /// Those since the last call.
    var typed: [UInt8] {
        guard original != nil else { return [] }
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // SAFETY: the structure outlives the call.
        guard unsafe poll(&descriptor, 1, 0) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 64)
        // SAFETY: the array is as long as the call is told.
        let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
