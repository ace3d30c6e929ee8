internal import Glibc
internal import HostSystem

/// Asks a running monitor.
public enum ControlClient {
    private static let patienceSeconds = 5
    /// The most bytes of an answer.
    private static let answerLimit = 1_000_000

    /// Sends a request, a line, to the monitor that listens at a path; returns its answer.
    public static func ask(_ request: String, at path: String) throws(ControlError) -> String {
        try ask(request, at: path, patienceSeconds: patienceSeconds)
    }

    static func ask(
        _ request: String, at path: String, patienceSeconds: Int
    ) throws(ControlError) -> String {
        guard let address = UnixAddress(path: path), var connection = ControlSocket() else {
            throw .notRunning(path: path)
        }
        connection.setPatience(seconds: patienceSeconds)
        switch connect(connection, to: address) {
        case 0: break
        case EACCES: throw .notPermitted(path: path)
        // As many wait for it as may.
        case EAGAIN: throw .noAnswer(path: path)
        default: throw .notRunning(path: path)
        }
        guard connection.write(Array((request + "\n").utf8)),
            let answer = connection.readLine(limit: answerLimit)
        else { throw .noAnswer(path: path) }
        let refusal = "error: "
        guard !answer.hasPrefix(refusal) else {
            throw .refused(String(answer.dropFirst(refusal.count)))
        }
        return answer
    }

    /// Whether a monitor listens there.
    static func isAnswered(at address: UnixAddress) -> Bool {
        guard var connection = ControlSocket() else { return false }
        connection.setPatience(seconds: 1)
        return [0, EAGAIN].contains(connect(connection, to: address))
    }

    /// The number of the error; 0 if there is none.
    private static func connect(
        _ connection: borrowing ControlSocket, to address: UnixAddress
    ) -> Int32 {
        let descriptor = connection.descriptor
        // SAFETY: the address outlives the call.
        return unsafe address.withPointer {
            unsafe Glibc.connect(descriptor, $0, $1) == 0 ? 0 : errno
        }
    }
}
