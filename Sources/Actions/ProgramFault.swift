internal import Glibc
internal import HostSystem
public import Rules

/// Why the program of a command cannot be started, found by looking at it: execve(2) says "no such
/// file" of a script whose interpreter is missing, too. Each message says what to mend.
public enum ProgramFault: Error, Equatable {
    /// Its path leads to nothing.
    case missing(String)
    /// No folder of PATH has it.
    case notInPath(String, path: String)
    /// Its path cannot be followed, for the reason the system gives.
    case unreachable(String, reason: String)
    case notAFile(String)
    case notExecutable(String)
    /// Neither machine code nor a script.
    case noInterpreter(String)
    /// The first line of the script ends with a carriage return, which becomes part of a name.
    case lineEnds(String, name: String)
    /// The folder that it is to be started in cannot be entered.
    case directory(String, reason: String)
    /// What the first line of the script names cannot be started either.
    indirect case interpreter(String, name: String, ProgramFault)

    /// `nil` if nothing is wrong with the program of a command and with its folder, as far as that
    /// can be seen. Of a line for the shell, only a first word that is a path can be checked.
    ///
    /// - Parameter searchPath: where names are looked up; `nil`: in the PATH of this process
    public init?(of command: HookCommand, searchPath: String? = nil) {
        let search = searchPath ?? Self.environmentPath
        if let fault = Self.folderFault(command.directory) {
            self = fault
            return
        }
        switch command.line {
        case .arguments(let words):
            guard let name = words.first, !name.isEmpty,
                let fault = Self.fault(of: name, search)
            else { return nil }
            self = fault
        case .shell(let line):
            // The shell itself runs scripts that name no interpreter.
            let word = line.prefix {
                $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0))
            }
            let rest = line.dropFirst(word.count).first
            guard word.hasPrefix("/"), rest == nil || rest == " ",
                let fault = Self.fault(of: String(word), search),
                fault != .noInterpreter(String(word))
            else { return nil }
            self = fault
        }
    }

    private static func folderFault(_ directory: String?) -> ProgramFault? {
        // What is below the folder can only be looked at by who may enter it.
        // SAFETY: the path outlives the call.
        guard let directory, unsafe access(directory + "/.", F_OK) != 0 else { return nil }
        return .directory(directory, reason: systemMessage(errno))
    }

    private static var environmentPath: String {
        // SAFETY: the string is copied before anything could change the environment.
        unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    }

    /// A script may name another one as its interpreter, but the kernel gives up, too.
    private static let maximumDepth = 4

    private static func fault(
        of name: String, _ search: String, depth: Int = 0
    ) -> ProgramFault? {
        guard depth < maximumDepth else { return nil }
        return name.utf8.contains(UInt8(ascii: "/"))
            ? fault(at: name, search, depth) : fault(named: name, search, depth)
    }

    private static func fault(
        named name: String, _ search: String, _ depth: Int
    ) -> ProgramFault? {
        var first: ProgramFault?
        for folder in search.split(separator: ":") {
            let path = "\(folder)/\(name)"
            switch fileFault(path) {
            case nil: return scriptFault(path, search, depth)
            case .missing, .unreachable: continue
            case let fault: first = first ?? fault
            }
        }
        return first ?? .notInPath(name, path: search)
    }

    private static func fault(at path: String, _ search: String, _ depth: Int) -> ProgramFault? {
        fileFault(path) ?? scriptFault(path, search, depth)
    }

    private static func fileFault(_ path: String) -> ProgramFault? {
        do throws(SystemError) {
            guard try FileIdentity(path: path).isRegularFile else { return .notAFile(path) }
        } catch {
            return error.number == ENOENT
                ? .missing(path) : .unreachable(path, reason: error.message)
        }
        // SAFETY: the path outlives the call.
        return unsafe access(path, X_OK) == 0 ? nil : .notExecutable(path)
    }

    /// What is wrong with the content of a file.
    private static func scriptFault(
        _ path: String, _ search: String, _ depth: Int
    ) -> ProgramFault? {
        let start: [UInt8]
        do throws(SystemError) {
            // As much as the kernel looks at (BINPRM_BUF_SIZE).
            start = try readStart(of: path, length: 256)
        } catch {
            return nil  // A program may be executable and yet not readable.
        }
        guard !start.starts(with: [0x7F] + Array("ELF".utf8)) else { return nil }
        guard start.starts(with: Array("#!".utf8)) else { return .noInterpreter(path) }
        let line = String(decoding: start.dropFirst(2).prefix { $0 != 0x0A }, as: UTF8.self)
        let words = line.unicodeScalars.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let interpreter = words.first else { return .noInterpreter(path) }
        if let last = words.last, last.unicodeScalars.last == "\r" {
            return .lineEnds(path, name: String(last.unicodeScalars.dropLast()))
        }
        if let fault = fileFault(interpreter) {
            return .interpreter(path, name: interpreter, fault)
        }
        // `#!/usr/bin/env python3`
        guard interpreter.hasSuffix("/env"), words.count == 2,
            let fault = fault(of: words[1], search, depth: depth + 1)
        else { return nil }
        return .interpreter(path, name: words[1], fault)
    }
}

extension ProgramFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let path): "\(path) does not exist"
        case .notInPath(let name, let path): "\(name) is in no folder of PATH (\(path))"
        case .unreachable(let path, let reason): "\(path) cannot be reached: \(reason)"
        case .notAFile(let path): "\(path) is not a regular file"
        case .notExecutable(let path): "\(path) is not executable (chmod +x)"
        case .noInterpreter(let path):
            "\(path) is neither a program nor a script: its first line does not begin with #!"
        case .lineEnds(let path, let name):
            "\(path): its first line names \(name)\\r: Windows line ends"
        case .directory(let path, let reason):
            "\(path), the folder to start it in, cannot be entered: \(reason)"
        case .interpreter(let path, let name, let fault):
            "\(path): its first line names \(name): \(fault)"
        }
    }
}
