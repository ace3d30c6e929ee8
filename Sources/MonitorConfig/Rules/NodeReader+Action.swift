internal import AlertTypes
internal import Rules
internal import Timekeeping
internal import Yams

// What a rule does: `then`, or `command` or `shell` for a single command.

extension NodeReader {
    private static let kinds = ["run", "shell", "webhook", "log"]
    private static let commonKeys = ["name", "occasions", "expires"]
    /// The keys that only some kinds of actions have.
    private static let kindsOfKey: KeyValuePairs = [
        "timeout": ["run", "shell", "webhook"], "mode": ["run", "shell", "webhook"],
        "retries": ["run", "shell", "webhook"], "directory": ["run", "shell"],
        "environment": ["run", "shell"], "secret_file": ["webhook"], "headers": ["webhook"],
    ]

    /// The keys that only actions have, and not rules.
    static let actionKeys =
        ["run", "webhook", "log", "occasions", "expires"]
        + kindsOfKey.map(\.key).filter { $0 != "timeout" }

    func actions(_ fields: Fields, _ place: inout RulePlace) -> [Action] {
        let isResolved = truth("resolved", of: fields) ?? false
        place.asksForResolved = isResolved
        let key = choice(ofKeys: ["command", "shell", "then"], in: fields, "a rule")
        guard key == "then" else {
            return key.flatMap { single($0, fields, isResolved, &place) }.map { [$0] } ?? []
        }
        if let node = fields.values["timeout"] {
            fault(node, "timeout belongs to each action under 'then'")
        }
        guard let nodes = list("then", of: fields) else { return [] }
        if nodes.isEmpty { fault(fields.values["then"] ?? fields.node, "then has no actions") }
        var result: [Action] = []
        for node in nodes {
            guard let action = action(node, isResolved) else { continue }
            if place.actions[action.name] != nil {
                fault(node, "two actions are called '\(action.name)'; give each its own 'name'")
            }
            place.actions[action.name] = node.position
            result.append(action)
        }
        return result
    }

    /// The action of a rule with the key `command` or `shell`.
    private func single(
        _ key: String, _ fields: Fields, _ isResolved: Bool, _ place: inout RulePlace
    ) -> Action? {
        let seconds = timeout(fields)
        guard let line = line(key, fields) else { return nil }
        var action = Action(name: line.name, kind: .run(HookCommand(line)))
        action.timeoutSeconds = seconds ?? action.timeoutSeconds
        if isResolved { action.occasions.insert(.resolved) }
        place.actions[action.name] = fields.values[key]?.position
        return action
    }

    private func action(_ node: Node, _ isResolved: Bool) -> Action? {
        let present = Set(node.mapping?.keys.compactMap(\.scalar?.string) ?? [])
        let kind = Self.kinds.first { present.contains($0) }
        let own = Self.kindsOfKey.filter { kind == nil || $1.contains(kind ?? "") }.map(\.key)
        var elsewhere: [String: String] = [:]
        for (key, kinds) in Self.kindsOfKey where !own.contains(key) {
            let last = kinds[kinds.count - 1]
            let listed = kinds.dropLast().joined(separator: ", ")
            elsewhere[key] = "it is for " + (listed.isEmpty ? last : "\(listed) and \(last)")
        }
        let place = kind.map { "an action with '\($0)'" } ?? "an action"
        let fields = fields(
            node, place, known: Self.kinds + Self.commonKeys + own, elsewhere: elsewhere)
        let value = choice(ofKeys: Self.kinds, in: fields, "an action").flatMap {
            self.kind($0, fields)
        }
        let name = name("name", of: fields)
        var result = Action(name: name ?? value?.name ?? "", kind: value ?? .log(.info))
        if isResolved { result.occasions.insert(.resolved) }
        // What is wrong with the rest is reported even if the kind is.
        read(fields, &result)
        return value == nil ? nil : result
    }

    private func read(_ fields: Fields, _ result: inout Action) {
        result.timeoutSeconds = timeout(fields) ?? result.timeoutSeconds
        result.mode = fields.values["mode"].flatMap(mode) ?? result.mode
        result.retries = fields.values["retries"].map { retries($0, result.kind) } ?? result.retries
        result.occasions = occasions(fields) ?? result.occasions
        result.expirySeconds =
            length("expires", of: fields, in: 1...2_592_000) ?? result.expirySeconds
    }

    private func timeout(_ fields: Fields) -> Double? {
        length("timeout", of: fields, in: 0.1...3_600)
    }

    private func kind(_ key: String, _ fields: Fields) -> Action.Kind? {
        switch key {
        case "webhook":
            return webhook(fields).map { .webhook($0) }
        case "log":
            let known = Action.LogSeverity.allCases.map(\.rawValue)
            return choice("log", of: fields, among: known)
                .flatMap { Action.LogSeverity(rawValue: $0) }.map { .log($0) }
        default:
            let directory = path("directory", of: fields)
            let environment = environment(fields)
            guard let line = line(key, fields) else { return nil }
            return .run(HookCommand(line, directory: directory, environment: environment))
        }
    }
}

// MARK: - Commands

extension NodeReader {
    /// The line under `command` or `run`, or under `shell`.
    private func line(_ key: String, _ fields: Fields) -> HookCommand.Line? {
        guard key != "shell" else { return text("shell", of: fields).map { .shell($0) } }
        return fields.values[key].flatMap { arguments($0, key) }
    }

    private func arguments(_ node: Node, _ key: String) -> HookCommand.Line? {
        guard let elements = node.sequence else {
            fault(
                node,
                "\(key) must be a list such as [/usr/local/bin/notify, --loud]; "
                    + "a command line goes under 'shell'")
            return nil
        }
        var words: [String] = []
        for (index, element) in elements.enumerated() {
            // An argument may be empty; the program may not.
            if index > 0, let word = element.scalar?.string, word.isEmpty {
                words.append(word)
            } else {
                words.append(text(element, "an element of \(key)") ?? "")
            }
        }
        guard let program = words.first else {
            fault(node, "\(key) is empty; its first element is the program")
            return nil
        }
        if program.contains("/"), !program.hasPrefix("/") {
            fault(
                elements[0],
                "program '\(program)' must be an absolute path, or a name that is found in PATH")
        }
        return .arguments(words)
    }

    /// The names of variables.
    private func environment(_ fields: Fields) -> Set<String>? {
        guard let names = texts("environment", of: fields, "a variable") else { return nil }
        for (name, node) in names where name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) == nil {
            fault(node, "'\(name)' is not the name of a variable, such as HOME")
        }
        return Set(names.map(\.text))
    }
}

// MARK: - Webhooks

extension NodeReader {
    private func webhook(_ fields: Fields) -> Webhook? {
        let secretFile = path("secret_file", of: fields)
        let headers = headers(fields)
        guard let node = fields.values["webhook"], let url = text(node, "webhook") else {
            return nil
        }
        guard url.utf8.count <= 2_048, url.host != nil else {
            fault(
                node,
                "webhook is '\(url)'; accepted is an address such as "
                    + "https://example.org/path, of at most 2048 characters")
            return nil
        }
        return Webhook(url: url, secretFile: secretFile, headers: headers)
    }

    private func headers(_ fields: Fields) -> [String: String] {
        guard let node = fields.values["headers"] else { return [:] }
        guard let mapping = node.mapping else {
            fault(node, "headers must be a mapping of names to values")
            return [:]
        }
        var names: Set<String> = []
        var result: [String: String] = [:]
        for (key, value) in mapping where !key.isRenamedKey {
            guard let name = text(key, "a header"), let text = text(value, "header '\(name)'")
            else { continue }
            // RFC 9110, 5.1 and 5.5
            if name.wholeMatch(of: /[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,64}/) == nil {
                fault(key, "'\(name)' is not the name of a header, such as Authorization")
            }
            if !names.insert(name.lowercased()).inserted {
                fault(key, "header '\(name)' stands more than once")
            }
            if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
                fault(value, "header '\(name)' must be one line, without control characters")
            }
            result[name] = text
        }
        return result
    }
}

extension String {
    /// The host of an address of http or https; `nil` if it is none (RFC 3986, 3).
    fileprivate var host: String? {
        let whole = /(?i:https?):\/\/([^\/?#]+)([\/?#].*)?/
        guard unicodeScalars.allSatisfy({ (33...126).contains($0.value) }),
            let authority = wholeMatch(of: whole)?.1.split(
                separator: "@", omittingEmptySubsequences: false
            ).last,
            let match = authority.wholeMatch(
                of: /([A-Za-z0-9._~\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/)
        else { return nil }
        if let port = match.2, !(1...65_535).contains(Int(port.dropFirst()) ?? 0) { return nil }
        return String(match.1)
    }
}

// MARK: - How it is run

extension NodeReader {
    private func mode(_ node: Node) -> Action.RunMode? {
        guard node.mapping != nil else {
            switch choice(node, "mode", among: ["single", "queued", "restart", "parallel"]) {
            case "single": return .single
            case "queued": return .queued
            case "restart": return .restart
            case "parallel": return .parallel(limit: 64)
            default: return nil
            }
        }
        let fields = fields(node, "mode", known: ["parallel"])
        require(["parallel"], in: fields, "mode")
        return integer("parallel", of: fields, in: 1...64).map { .parallel(limit: $0) }
    }

    /// `3`, or `{count: 3, first: 5s, longest: 5m, exit_statuses: [75]}`
    private func retries(_ node: Node, _ kind: Action.Kind) -> Retries {
        let range = 0...100
        var result = Retries()
        guard node.mapping != nil else {
            result.count = integer(node, "retries", in: range) ?? 0
            return result
        }
        let fields = fields(
            node, "retries", known: ["count", "first", "longest", "exit_statuses"])
        require(["count"], in: fields, "retries")
        result.count = integer("count", of: fields, in: range) ?? 0
        result.firstSeconds = length("first", of: fields, in: 0.1...3_600) ?? result.firstSeconds
        result.longestSeconds =
            length("longest", of: fields, in: 0.1...86_400)
            ?? max(result.longestSeconds, result.firstSeconds)
        if let node = fields.values["longest"], result.longestSeconds < result.firstSeconds {
            fault(node, "longest is shorter than first, \(Lengths.text(result.firstSeconds))")
        }
        result.exitStatuses = exitStatuses(fields)
        if let node = fields.values["exit_statuses"], case .webhook = kind {
            fault(node, "exit_statuses is for run and shell")
        }
        return result
    }

    private func exitStatuses(_ fields: Fields) -> Set<Int>? {
        guard let nodes = list("exit_statuses", of: fields) else { return nil }
        return Set(nodes.compactMap { integer($0, "an exit status", in: 1...255) })
    }

    private func occasions(_ fields: Fields) -> Set<Occasion>? {
        guard let nodes = list("occasions", of: fields) else { return nil }
        if nodes.isEmpty, let node = fields.values["occasions"] {
            fault(node, "occasions must have at least one entry")
        }
        let known = Occasion.allCases.map(\.rawValue)
        return Set(
            nodes.compactMap { choice($0, "an occasion", among: known) }
                .compactMap { Occasion(rawValue: $0) })
    }
}

// MARK: - Names

extension Action.Kind {
    /// What it is called if its owner gives it no name.
    fileprivate var name: String {
        switch self {
        case .run(let command): command.line.name
        case .webhook(let webhook): "webhook \(webhook.url.host ?? "")"
        case .log: "log"
        }
    }
}

extension HookCommand.Line {
    fileprivate var name: String {
        switch self {
        case .shell: return "shell"
        case .arguments(let words):
            let program = (words.first ?? "").split(separator: "/").last ?? ""
            let plain = program.filter {
                $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0))
            }
            return plain.isEmpty ? "run" : "run \(plain.prefix(64))"
        }
    }
}
