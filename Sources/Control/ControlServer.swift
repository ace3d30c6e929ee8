internal import Dispatch
internal import Glibc
internal import HostSystem

/// Lets others ask a running monitor: a socket in the file system, for the user and the group of
/// the monitor. Each connection brings one line, the request, and gets one line, the answer.
///
/// Whoever connects and says nothing, or does not read, is left after a second; meanwhile others
/// wait. Nothing of the monitor waits for any of them.
public final class ControlServer: Sendable {
    private static let patienceSeconds = 1
    /// The most bytes of a request.
    private static let requestLimit = 1_024
    /// Connections that may wait.
    private static let backlog: Int32 = 16

    private let path: String
    private let listener: ControlSocket
    private let queue = DispatchQueue(label: "control", qos: .utility)
    private let answer: @Sendable (String) -> String

    /// Listens at a path. A socket that an earlier monitor left there is replaced.
    ///
    /// - Parameter answer: gives a line, without its end, for a request; called on a thread of the
    ///   server
    public init(
        path: String, answer: @escaping @Sendable (String) -> String
    ) throws(ControlError) {
        self.path = path
        self.answer = answer
        listener = try Self.listen(at: path)
        queue.async { self.serve() }
    }

    /// Takes no more requests, and removes the socket. Waits for nobody. To be called once.
    public func stop() {
        Self.remove(path)
        // Wakes whoever waits for a connection.
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
    }

    /// Removes a socket, and nothing else. Returns whether the name is free.
    @discardableResult
    private static func remove(_ path: String) -> Bool {
        let name = FileName.bytes(of: path)
        var status = stat()
        // SAFETY: the name and the structure outlive the calls.
        guard unsafe lstat(name, &status) == 0 else { return true }
        guard status.st_mode & S_IFMT == S_IFSOCK else { return false }
        return unsafe unlink(name) == 0 || errno == ENOENT
    }

    /// Makes the directory, which systemd makes for the service, for root without systemd. If that
    /// fails, so does what follows, which says why.
    private static func makeDirectory(of path: String) {
        guard let end = path.lastIndex(of: "/"), end > path.startIndex else { return }
        // SAFETY: the path outlives the call.
        _ = unsafe mkdir(FileName.bytes(of: String(path[..<end])), 0o750)
    }

    private static func listen(at path: String) throws(ControlError) -> ControlSocket {
        guard let address = UnixAddress(path: path) else {
            throw .unusable(
                path: path,
                reason: "the path has \(path.utf8.count) bytes, at most "
                    + "\(UnixAddress.longestName) are possible")
        }
        if ControlClient.isAnswered(at: address) {
            throw .unusable(path: path, reason: "another monitor listens there")
        }
        guard remove(path) else {
            throw .unusable(path: path, reason: "something else has this name")
        }
        makeDirectory(of: path)
        guard let listener = ControlSocket() else {
            throw .unusable(path: path, reason: systemMessage(errno))
        }
        // SAFETY: the address outlives the call.
        let bound = unsafe address.withPointer { unsafe bind(listener.descriptor, $0, $1) }
        // Nobody can connect before it listens, so nobody finds it with wider permissions.
        guard bound == 0, permit(path), Glibc.listen(listener.descriptor, backlog) == 0 else {
            let reason = systemMessage(errno)
            if bound == 0 { remove(path) }
            throw .unusable(path: path, reason: reason)
        }
        return listener
    }

    /// Lets the user and the group of this process connect, and nobody else.
    private static func permit(_ path: String) -> Bool {
        // SAFETY: the path outlives the call.
        unsafe chmod(FileName.bytes(of: path), 0o660) == 0
    }

    private func serve() {
        while true {
            let descriptor = accept(listener.descriptor, nil, nil)
            if let connection = ControlSocket(descriptor: descriptor) {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                serve(connection)
            } else if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                sleep(1)
            } else if ![EINTR, ECONNABORTED, EPERM, EPROTO].contains(errno) {
                return
            }
        }
    }

    private func serve(_ connection: consuming ControlSocket) {
        connection.setPatience(seconds: Self.patienceSeconds)
        guard let request = connection.readLine(limit: Self.requestLimit) else { return }
        _ = connection.write(Array((answer(request) + "\n").utf8))
    }
}
