internal import Glibc
internal import HostSystem
public import SampleRing
internal import Synchronization

/// A dedicated thread that fills a ring from a source.
///
/// A live source asks for SCHED_FIFO, so that load on the machine does not delay it; where that is
/// refused it runs without (see `isRealtime`). Reading a file as fast as possible must not displace
/// other work, so sources that can wait keep the normal policy.
///
/// The ring's producer is this thread alone from `init` on.
public final class CaptureThread: Sendable {
    /// Above all ordinary threads, below those of the kernel and sound servers.
    private static let realtimePriority: Int32 = 10

    /// Stops the capture and counts what it does.
    public let control = CaptureControl()

    private let shared = Shared()
    private let thread: pthread_t
    private let isJoined = Mutex(false)

    /// What the thread and its owner share.
    private final class Shared: Sendable {
        let isRealtime = Atomic<Bool>(false)
        let ending = Mutex<CaptureEnding>(.stopped)
    }

    /// What the thread is started with.
    private final class Start {
        let name: String
        let wantsRealtime: Bool
        let loop: CaptureLoop
        let shared: Shared

        init(name: String, wantsRealtime: Bool, loop: CaptureLoop, shared: Shared) {
            self.name = name
            self.wantsRealtime = wantsRealtime
            self.loop = loop
            self.shared = shared
        }
    }

    /// Starts at once.
    /// - Parameter name: the name of the thread in `top` and in debuggers; 15 bytes are shown.
    /// - Throws: `threadUnavailable`.
    public init(
        name: String, source: sending any CaptureSource, ring: SampleRing
    ) throws(CaptureError) {
        let isLive = source.isLive
        let loop = CaptureLoop(source: source, ring: ring, control: control)
        let start = Start(name: name, wantsRealtime: isLive, loop: loop, shared: shared)
        // SAFETY: the reference is handed to the thread, which releases it; if there is no thread
        // it is released here.
        let reference = unsafe Unmanaged.passRetained(start)
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle, nil, { unsafe CaptureThread.main($0) }, reference.toOpaque())
        guard code == 0 else {
            unsafe reference.release()
            throw CaptureError(
                .threadUnavailable, code: code, subject: name,
                message: "cannot start the capture thread: " + systemMessage(code))
        }
        thread = handle
    }

    deinit {
        control.requestStop()
        joinOnce()
    }

    /// Whether the thread runs under SCHED_FIFO; settled once its first samples have come.
    public var isRealtime: Bool { shared.isRealtime.load(ordering: .relaxed) }

    /// Asks the capture to end, which it does within about 0.1 s.
    public func requestStop() { control.requestStop() }

    /// Waits for the end and returns its reason. May be called more than once, but it blocks: never
    /// call it from the cooperative pool before the ring has finished.
    public func join() -> CaptureEnding {
        joinOnce()
        return shared.ending.withLock { $0 }
    }

    private func joinOnce() {
        isJoined.withLock { isJoined in
            guard !isJoined else { return }
            // Fails only for a thread that was joined before or joins itself.
            let code = pthread_join(thread, nil)
            precondition(code == 0, "cannot join the capture thread: " + systemMessage(code))
            isJoined = true
        }
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        // SAFETY: `init` passes one retained `Start`, taken here exactly once.
        let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        setName(start.name)
        if start.wantsRealtime {
            start.shared.isRealtime.store(requestRealtime(), ordering: .relaxed)
        }
        let ending = start.loop.run()
        start.shared.ending.withLock { $0 = ending }
        return nil
    }

    /// Names the calling thread through procfs, because Swift's C library module does not have
    /// pthread_setname_np. The name only helps people: without procfs there is none.
    private static func setName(_ name: String) {
        // SAFETY: a constant string, and an array that is valid throughout the call.
        let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = unsafe write(descriptor, bytes, bytes.count)
        _ = close(descriptor)
    }

    private static func requestRealtime() -> Bool {
        var parameter = sched_param(sched_priority: realtimePriority)
        // SAFETY: `parameter` is valid throughout the call.
        return unsafe pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter) == 0
    }
}
