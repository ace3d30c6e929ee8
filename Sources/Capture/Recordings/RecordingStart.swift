public import Timekeeping

/// When a recording began, and how that is known.
public struct RecordingStart: Sendable, Hashable, CustomStringConvertible {
    public enum Origin: Sendable {
        /// The chunk `bext` of Broadcast Wave, EBU Tech 3285: date and time on the local clock.
        case broadcastExtension
        /// The field `Timestamp` of GUANO metadata, version 1.0.
        case guano
        /// `YYYYMMDD_HHMMSS` in the name of the file, on the local clock.
        case name
        /// It does not say, and is taken to end now.
        case endsNow
        /// It does not say, and is heard as if it began now.
        case beginsNow
    }

    public let time: UTCTime
    public let origin: Origin
    /// A time that it states, and that is still to come.
    public var statedFuture: UTCTime?

    public var description: String {
        let unknown =
            statedFuture.map { "\($0.localDescription), which it states, is still to come" }
            ?? "it does not say when it was made"
        let reason =
            switch origin {
            case .broadcastExtension: "as its bext chunk says"
            case .guano: "as its GUANO chunk says"
            case .name: "as its name says"
            case .endsNow: "so that it ends now; \(unknown)"
            case .beginsNow: "now; \(unknown)"
            }
        return "the recording begins at \(time.localDescription), \(reason)"
    }

    /// What a recording says itself; `nil` if it says nothing.
    ///
    /// - Parameters:
    ///   - chunks: those of a WAV file
    ///   - read: reads from the file
    static func stated(
        path: String, chunks: [WAVHeader.Chunk], read: WAVHeader.Reader
    ) -> RecordingStart? {
        func body(_ name: String, atMost limit: UInt64) -> [UInt8]? {
            chunks.first { $0.name == name }.flatMap {
                read($0.offset, Int(min($0.size, limit)))
            }
        }
        if let time = body("bext", atMost: 338).flatMap(broadcastTime) {
            return RecordingStart(time: time, origin: .broadcastExtension)
        }
        if let time = body("guan", atMost: 1 << 16).flatMap(guanoTime) {
            return RecordingStart(time: time, origin: .guano)
        }
        let name = path.split(separator: "/").last ?? ""
        return nameTime(name).map { RecordingStart(time: $0, origin: .name) }
    }

    /// OriginationDate, ten characters, and OriginationTime, eight, come after 320 others. The
    /// character between the numbers may be any.
    private static func broadcastTime(_ body: [UInt8]) -> UTCTime? {
        guard body.count >= 338 else { return nil }
        let text = String(decoding: body[320..<338], as: UTF8.self)
        let found = text.wholeMatch(
            of: /(\d{4})\D(\d\d)\D(\d\d)(\d\d)\D(\d\d)\D(\d\d)/.asciiOnlyDigits())
        return found.flatMap { local($0.1, $0.2, $0.3, $0.4, $0.5, $0.6) }
    }

    private static func guanoTime(_ body: [UInt8]) -> UTCTime? {
        let text = String(decoding: body, as: UTF8.self)
        let value = text.split(whereSeparator: \.isNewline).lazy.compactMap {
            $0.wholeMatch(of: /\s*Timestamp\s*:\s*(\d{4}-\S+( \S+)?)\s*/)?.1
        }.first
        guard let value else { return nil }
        do throws(TimeExpressionError) {
            return try TimeExpression.parse(String(value), now: UTCTime.now())
        } catch {
            return nil  // Not a time: the recording does not say when it began.
        }
    }

    private static func nameTime(_ name: Substring) -> UTCTime? {
        let pattern = /(?:^|\D)(\d{4})(\d\d)(\d\d)[_T-](\d\d)(\d\d)(\d\d)(?:\D|$)/
        let found = name.firstMatch(of: pattern.asciiOnlyDigits())
        return found.flatMap { local($0.1, $0.2, $0.3, $0.4, $0.5, $0.6) }
    }

    private static func local(_ parts: Substring...) -> UTCTime? {
        let numbers = parts.compactMap { Int($0) }
        return CivilTime(
            year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3],
            minute: numbers[4], second: numbers[5])?.utcInLocalZone()
    }
}

extension FileSource {
    /// When the recording began: what it says itself, unless that is still to come. Otherwise one
    /// that is read as fast as possible ends now, and one that is heard at the pace of a microphone
    /// begins now.
    public func start(now: UTCTime) -> RecordingStart {
        if let statedStart, statedStart.time <= now { return statedStart }
        let future = statedStart?.time
        guard pace == .maximum, let seconds = lengthSeconds else {
            return RecordingStart(time: now, origin: .beginsNow, statedFuture: future)
        }
        return RecordingStart(
            time: now.adding(seconds: -seconds), origin: .endsNow, statedFuture: future)
    }
}
