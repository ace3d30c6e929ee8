internal import Actions
internal import AlertTypes
internal import Database
internal import Dispatch
internal import EventStore
internal import RuleTrials
internal import Rules
internal import Synchronization
internal import Timekeeping

/// The runs of a test: in the database, if there is one, and here.
final class TestLedger: HookLedger {
    private let writer: TestAlertWriter?
    private let runs = Mutex<[Int64: HookRun]>([:])

    /// Says so if the test cannot be recorded.
    init(path: String) {
        do throws(StoreError) {
            writer = try TestAlertWriter(path: path)
        } catch {
            writer = nil
            StandardError.write("warning: the test is not recorded: \(error)")
        }
    }

    /// Makes an alert of a rule, with a run for each of its actions, and enters them.
    func enter(_ rule: Rule, source: String) -> [HookRun] {
        let make = { (alert: Int64, run: Int64) -> (alert: Alert, runs: [HookRun]) in
            let test = TestFiring(rule, id: alert, source: source, at: .now())
            let runs = rule.actions.enumerated().map { index, action in
                let firing = test.firing(action)
                return HookRun(
                    id: run - Int64(index), firing, action, input: AlertMessage.stored(firing))
            }
            return (test.alert, runs)
        }
        let made = recorded { writer throws(StoreError) in try writer.add(make) }
        let result = made?.runs ?? make(-1, -1).runs
        runs.withLock { known in
            for run in result { known[run.id] = run }
        }
        return result
    }

    /// How runs ended.
    func outcomes(of started: [HookRun]) -> [HookRun] {
        runs.withLock { known in started.map { known[$0.id] ?? $0 } }
    }

    /// Nothing is attempted twice.
    func nextRunID() async -> Int64 { 0 }

    func settle() async {}

    func changed(_ run: HookRun) async {
        runs.withLock { $0[run.id] = run }
        recorded { writer throws(StoreError) in try writer.save(run) }
    }

    @discardableResult
    private func recorded<Result>(
        _ body: (TestAlertWriter) throws(StoreError) -> Result
    ) -> Result? {
        guard let writer else { return nil }
        do throws(StoreError) {
            return try body(writer)
        } catch {
            StandardError.write("warning: the test is not recorded: \(error)")
            return nil
        }
    }
}

/// Waits for what is done elsewhere; for the main thread of a command.
func waitFor(_ body: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task {
        await body()
        done.signal()
    }
    done.wait()
}
