internal import AlertTypes

/// How an attempt of an action ended.
struct ActionEnding: Sendable {
    var outcome: HookRun.Outcome
    var exitStatus: Int?
    var signal: Int?
    var output = ""
}
