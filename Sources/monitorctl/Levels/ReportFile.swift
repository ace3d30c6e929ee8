internal import Glibc
internal import HostSystem

/// Where a report or an image is written.
struct ReportFile {
    let path: String

    /// Writes all of `text`.
    func write(_ text: String) throws(ReportFileError) {
        try write(Array(text.utf8))
    }

    /// Writes all of some bytes. A file is replaced as a whole, so that nobody sees a partial
    /// report and a failure leaves what was there; through a symbolic link, the file it points to
    /// is replaced. Anything that is not a regular file (a device, a pipe) is written to and stays
    /// what it is.
    func write(_ bytes: [UInt8]) throws(ReportFileError) {
        var status = stat()
        // SAFETY: the path and the structure are valid throughout the call.
        let isThere = unsafe stat(FileName.bytes(of: path), &status) == 0
        guard isThere || errno == ENOENT else { throw failure(errno) }
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR else { throw failure(EISDIR) }
        do throws(SystemError) {
            if isThere, kind != S_IFREG {
                try OpenFile(path: path, flags: O_WRONLY).write(bytes)
            } else {
                try AtomicFile.replace(path, with: bytes)
            }
        } catch {
            throw failure(error.number)
        }
    }

    private func failure(_ number: Int32) -> ReportFileError {
        ReportFileError(path: path, reason: systemMessage(number))
    }
}

/// The file of a report cannot be written.
struct ReportFileError: ExitStatusProviding {
    let path: String
    let reason: String

    var exitStatus: ExitStatus { .cannotCreate }

    var description: String { "\(path): cannot be written: \(reason)" }
}
