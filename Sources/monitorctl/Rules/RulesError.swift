internal import HostSystem

/// What keeps rules from being tried.
enum RulesError: ExitStatusProviding {
    case unknownRule(String, known: [String])
    case nothingHeard(at: String, in: String)
    case actionsFailed(Int)

    var exitStatus: ExitStatus {
        switch self {
        case .unknownRule, .nothingHeard: .noInput
        case .actionsFailed: .unavailable
        }
    }

    var description: String {
        switch self {
        case .unknownRule(let name, let known):
            "there is no rule '\(name)'; there are: "
                + (known.isEmpty ? "none" : known.sorted().joined(separator: ", "))
        case .nothingHeard(let time, let path):
            "\(path) has nothing from \(time): no source was listened to"
        case .actionsFailed(let count):
            "\(count) of the actions did not succeed"
        }
    }
}
