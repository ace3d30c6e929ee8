internal import Synchronization

/// How a source is doing. The source writes; any thread may read.
///
/// Each number is exact in itself; two of them need not belong to the same moment.
public final class CaptureHealth: Sendable {
    public enum State: UInt8, Sendable {
        /// Opened, but nothing heard yet.
        case opening
        case running
        /// The device is away, or reopened but not yet heard.
        case lost
    }

    // relaxed everywhere: each value stands alone and orders nothing.
    private let stateValue = Atomic<UInt8>(State.opening.rawValue)
    private let overrunCount = Atomic<Int>(0)
    private let suspensionCount = Atomic<Int>(0)
    private let disconnectionCount = Atomic<Int>(0)
    private let stallCount = Atomic<Int>(0)
    private let reopenCount = Atomic<Int>(0)
    private let failedReopenCount = Atomic<Int>(0)
    private let lastErrorValue = Atomic<Int32>(0)
    private let channelCount = Atomic<Int>(0)
    private let ownChannel = Atomic<Int>(0)
    private let recentChannels = Atomic<UInt64>(0)
    private let everChannels = Atomic<UInt64>(0)
    private let lastFailureValue = Mutex<CaptureError?>(nil)

    init() {}

    public internal(set) var state: State {
        get { State(rawValue: stateValue.load(ordering: .relaxed)) ?? .lost }
        set { stateValue.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Times that the device overran its buffer (ALSA XRUN) or silently dropped sound.
    public var overruns: Int { overrunCount.load(ordering: .relaxed) }
    /// Times that the device was suspended.
    public var suspensions: Int { suspensionCount.load(ordering: .relaxed) }
    /// Times that the device went away.
    public var disconnections: Int { disconnectionCount.load(ordering: .relaxed) }
    /// Times that the device delivered nothing without an error.
    public var stalls: Int { stallCount.load(ordering: .relaxed) }
    /// Times that the device was reopened.
    public var reopens: Int { reopenCount.load(ordering: .relaxed) }
    /// Attempts to reopen it that failed.
    public var failedReopens: Int { failedReopenCount.load(ordering: .relaxed) }
    /// The error number of libasound (negative) with which the device was last lost; 0 if none.
    public var lastError: Int32 { lastErrorValue.load(ordering: .relaxed) }

    /// Why the last attempt to reopen the device failed.
    public var lastFailure: CaptureError? { lastFailureValue.withLock { $0 } }

    /// Which channels carry a signal.
    public var channels: ChannelSignals {
        ChannelSignals(
            channel: ownChannel.load(ordering: .relaxed),
            count: channelCount.load(ordering: .relaxed),
            recent: recentChannels.load(ordering: .relaxed),
            ever: everChannels.load(ordering: .relaxed))
    }

    func note(_ signals: ChannelSignals) {
        ownChannel.store(signals.channel, ordering: .relaxed)
        channelCount.store(signals.count, ordering: .relaxed)
        recentChannels.store(signals.recent, ordering: .relaxed)
        everChannels.store(signals.ever, ordering: .relaxed)
    }

    func countOverrun() { overrunCount.wrappingAdd(1, ordering: .relaxed) }
    func countSuspension() { suspensionCount.wrappingAdd(1, ordering: .relaxed) }
    func countDisconnection() { disconnectionCount.wrappingAdd(1, ordering: .relaxed) }
    func countStall() { stallCount.wrappingAdd(1, ordering: .relaxed) }
    func countReopen() { reopenCount.wrappingAdd(1, ordering: .relaxed) }
    /// Locks and allocates: there is nothing to hear while a device is being opened.
    func countFailedReopen(_ failure: CaptureError) {
        lastFailureValue.withLock { $0 = failure }
        failedReopenCount.wrappingAdd(1, ordering: .relaxed)
    }
    func noteError(_ code: Int32) { lastErrorValue.store(code, ordering: .relaxed) }
}
