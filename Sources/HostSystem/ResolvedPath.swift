internal import Glibc

/// The one absolute path of a file, whatever links lead to it, so that the lock and the log of a
/// database have one name too. The file need not exist: a dangling link leads to where its target
/// would be. The directory must exist.
package func resolvedPath(_ path: String) throws(SystemError) -> String {
    var path = path
    // As many links as the system follows (path_resolution(7)).
    for _ in 0..<40 {
        do {
            return try realPath(path)
        } catch let error where error.number == ENOENT {
            let (directory, name) = split(path)
            guard let target = try linkTarget(path) else {
                return joined(try realPath(directory), name)
            }
            path = target.hasPrefix("/") ? target : joined(directory, target)
        }
    }
    throw SystemError(number: ELOOP)
}

private func realPath(_ path: String) throws(SystemError) -> String {
    // SAFETY: the path outlives the call; the result is a C string that we own, freed below.
    guard let resolved = unsafe realpath(FileName.bytes(of: path), nil) else {
        throw SystemError(number: errno)
    }
    // SAFETY: copied before it is freed, once.
    defer { unsafe free(resolved) }
    let bytes = unsafe UnsafeRawBufferPointer(start: resolved, count: strlen(resolved))
    return unsafe FileName.text(of: Array(bytes))
}

/// The target of a symbolic link; `nil` if there is no link.
package func linkTarget(_ path: String) throws(SystemError) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    // SAFETY: the array is as long as the call is told and outlives it.
    let count = unsafe readlink(FileName.bytes(of: path), &bytes, bytes.count)
    guard count >= 0 else {
        guard errno == ENOENT || errno == EINVAL else { throw SystemError(number: errno) }
        return nil
    }
    return FileName.text(of: bytes.prefix(count).map { UInt8(bitPattern: $0) })
}

/// A path without its last name, and that name.
private func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
}

private func joined(_ directory: String, _ name: String) -> String {
    directory == "/" ? "/" + name : directory + "/" + name
}

/// The directory of a file with an absolute path.
package func directory(of path: String) -> String {
    "/" + path.split(separator: "/").dropLast().joined(separator: "/")
}
