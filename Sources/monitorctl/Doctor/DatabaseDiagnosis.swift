internal import Database
internal import EventStore
internal import Foundation
internal import Glibc
internal import HostSystem
internal import Listings
internal import MonitorConfig

/// What is wrong with a database and its disk.
struct DatabaseDiagnosis {
    private typealias Finding = DoctorReport.Finding

    /// A year of levels of a source takes up to 4 GB.
    private static let littleRoom: Int64 = 1_000_000_000
    private static let noRoom: Int64 = 50_000_000

    let findings: [DoctorReport.Finding]

    /// - Parameter readsAll: whether to look for damage, which reads all of it
    init(path: String, readsAll: Bool) {
        let folder = Self.folder(of: path)
        guard FileManager.default.fileExists(atPath: folder) else {
            findings = [Self.missing(folder)]
            return
        }
        let exists = FileManager.default.fileExists(atPath: path)
        var found = exists ? Self.content(path, readsAll: readsAll) : [Self.noneYet(path)]
        if let fault = Self.right(to: exists ? path : folder, database: path) {
            found.append(fault)
        }
        found.append(Self.room(in: folder))
        findings = found
    }

    static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }

    private static func missing(_ folder: String) -> Finding {
        let isOfService = folder == DataDirectory.ofService
        return Finding(
            "database", isOfService ? .fault : .warning, "its folder \(folder) is missing",
            remedy: isOfService
                ? "sudo systemctl start monitord makes it; by hand: monitord --database FILE"
                : "mkdir -p \(folder)")
    }

    private static func noneYet(_ path: String) -> Finding {
        Finding(
            "database", .warning, "there is no \(path) yet: the monitor makes it when it starts",
            remedy: "sudo systemctl start monitord, or monitord by hand")
    }

    // MARK: What is in it

    private static func content(_ path: String, readsAll: Bool) -> [Finding] {
        do throws(StoreError) {
            // Gone before the lock is looked at.
            _ = try EventReader(path: path)
        } catch {
            return [Finding("database", .fault, "\(error)", remedy: remedy(error))]
        }
        var findings = [Finding("database", .ok, path + writer(path))]
        guard readsAll else { return findings }
        do throws(StoreError) {
            let fault = try DatabaseCheck(path: path).run()
            findings.append(
                fault.map { Finding("database file", .fault, "\($0)", remedy: remedy($0)) }
                    ?? Finding("database file", .ok, "its structure is whole"))
        } catch {
            findings.append(Finding("database file", .warning, "\(error)", remedy: remedy(error)))
        }
        return findings
    }

    private static func writer(_ path: String) -> String {
        do throws(SystemError) {
            let pid = try WriterLock.holder(of: path)
            return pid.map { ", written by process \($0)" } ?? ", which nobody writes to"
        } catch {
            return ""
        }
    }

    private static func remedy(_ error: StoreError) -> String {
        switch error.kind {
        case .unreadable, .readOnly, .cannotCreate:
            "sudo adduser $USER earwitness, and log in again; or sudo monitorctl doctor"
        case .damaged: "sudo systemctl restart monitord, which recovers what can be read"
        case .olderSchema: "sudo systemctl restart monitord, which migrates it"
        case .newerSchema: "install the version that made it"
        case .full: "df -h \(folder(of: error.path))"
        case .notADatabase, .foreign, .notAFile:
            "another `database` in the configuration, or another --database"
        default: "sudo journalctl -u monitord -n 20"
        }
    }

    // MARK: The right to write, and room

    /// What keeps the monitor from writing, if it is the service's; of another one, this user.
    private static func right(to path: String, database: String) -> Finding? {
        var status = stat()
        // SAFETY: the path and the structure outlive the call.
        guard unsafe stat(FileName.bytes(of: path), &status) == 0 else { return nil }
        guard folder(of: database) == DataDirectory.ofService else {
            // SAFETY: the path outlives the call.
            guard unsafe access(FileName.bytes(of: path), W_OK) != 0 else { return nil }
            return Finding(
                "database", .warning, "this user may not write to \(path)",
                remedy: "run the monitor as its owner, or sudo chown $USER \(path)")
        }
        guard let user = SystemUser(named: SystemUser.ofService), user.id != status.st_uid else {
            return nil
        }
        return Finding(
            "database", .fault,
            "\(path) does not belong to the user \(SystemUser.ofService): the service cannot write "
                + "to it",
            remedy: "sudo chown -R \(SystemUser.ofService): \(DataDirectory.ofService)")
    }

    private static func room(in folder: String) -> Finding {
        do throws(SystemError) {
            let bytes = try availableBytes(at: folder)
            let text = "\(fixedPoint(Double(bytes) / 1e9, places: 1) ?? "-") GB free at \(folder)"
            guard bytes < littleRoom else { return Finding("disk", .ok, text) }
            return Finding(
                "disk", bytes < noRoom ? .fault : .warning,
                text + "; a source takes up to 10 MB a day",
                remedy: "df -h \(folder); du -xh --max-depth=1 / | sort -h")
        } catch {
            return Finding("disk", .warning, "\(folder): \(error.message)", remedy: "df -h")
        }
    }
}
