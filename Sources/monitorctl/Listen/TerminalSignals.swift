internal import Glibc

/// The signals of a terminal, taken by one thread at moments of its choice, so that nothing has to
/// be done inside a signal handler.
struct TerminalSignals {
    enum Signal: Equatable {
        /// To end the program.
        case end(Int32)
        /// To hold it until it is continued.
        case hold
        /// The window has another size, or the program goes on after it was held.
        case redraw
    }

    private static let taken = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH]

    /// From now on the calling thread, and those that it starts, get them from `next` only.
    init() {
        Self.mask(SIG_BLOCK, Self.taken)
    }

    /// Waits for a signal.
    func next(within duration: Duration) -> Signal? {
        var set = Self.set(Self.taken)
        let (seconds, attoseconds) = duration.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        // SAFETY: the set and the time outlive the call.
        return switch unsafe sigtimedwait(&set, nil, &time) {
        case SIGTSTP: .hold
        case SIGCONT, SIGWINCH: .redraw
        case let number where number > 0: .end(number)
        default: nil
        }
    }

    /// Stops the program as Ctrl-Z would, until it is continued.
    func hold() {
        Self.mask(SIG_UNBLOCK, [SIGTSTP])
        raise(SIGTSTP)
        Self.mask(SIG_BLOCK, [SIGTSTP])
    }

    /// Ends the program by a signal, as if it had not been taken: a shell sees by what it ended.
    func end(with number: Int32) -> Never {
        _ = signal(number, SIG_DFL)
        Self.mask(SIG_UNBLOCK, [number])
        raise(number)
        // It ends programs.
        exit(128 + number)
    }

    private static func set(_ numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        // SAFETY: the set outlives the calls.
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        return set
    }

    private static func mask(_ how: Int32, _ numbers: [Int32]) {
        var set = set(numbers)
        // SAFETY: the set outlives the call.
        unsafe pthread_sigmask(how, &set, nil)
    }
}
