internal import AlertTypes
internal import Database
internal import Dispatch
internal import EventStore
internal import HostSystem
internal import Logging
internal import Rules
internal import Timekeeping

/// Tells the rules once a second what time it is, and what the owner has said meanwhile: the
/// silences and acknowledgements that `monitorctl` writes to the database; and twice a minute how
/// full the disk is.
struct ControlWatch: Sendable {
    private static let interval = Duration.seconds(1)
    private static let diskInterval = Duration.seconds(30)

    let rules: RuleRunner
    let store: EventStore
    let writer: StoreWriter
    let logger: Logger
    /// Whether the rules are told the time: of recordings, only their own clocks count.
    let isLive: Bool

    /// Until the task is cancelled. The time does not wait for the disk.
    func run() async {
        await withTaskGroup { tasks in
            if isLive { tasks.addTask { await tellTime() } }
            tasks.addTask { await watchDisk() }
            tasks.addTask { await watchControls() }
        }
    }

    private func tellTime() async {
        repeat { rules.tick() } while await pause(Self.interval)
    }

    private func watchDisk() async {
        let queue = DispatchQueue(label: "disk watch", qos: .utility)
        let path = store.path
        repeat {
            guard rules.watchesDisk else { continue }
            let answer = await queue.answer {
                Result { () throws(SystemError) in try freeShareOfDisk(with: path) }
            }
            switch answer {
            case .success(let share): rules.take(.disk(freeShare: share))
            case .failure(let error):
                logger.debug("the free space of the disk: \(error.message)")
            case nil: return
            }
        } while await pause(Self.diskInterval)
    }

    private func watchControls() async {
        var counter: Int64?
        repeat {
            let known = counter
            let answer = await writer.ask { store throws(StoreError) in
                let now = try store.changeCounter()
                return (now, now == known ? nil : try store.controls(at: .now()))
            }
            switch answer {
            case .success((let now, let controls)):
                if let controls { rules.take(controls) }
                counter = now
            case .failure(let error): logger.debug("\(error)")
            case nil: return
            }
        } while await pause(Self.interval)
    }
}
