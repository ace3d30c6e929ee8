internal import Glibc

/// A band of 1/1 or 1/3 octave (IEC 61260-1:2014, base 10).
public struct OctaveBand: Sendable, Hashable {
    /// The nominal midband frequency, as written: "31.5", "1000".
    public let name: String
    /// The exact midband frequency and the band edges, in Hz (5.2 to 5.6).
    public let centreHertz: Double
    public let lowerEdgeHertz: Double
    public let upperEdgeHertz: Double

    /// - Parameters:
    ///   - index: the band number relative to 1 kHz
    ///   - fraction: 1 or 3 bands per octave
    init(name: String, index: Int, fraction: Int) {
        let octave = pow(10, 0.3)
        self.name = name
        centreHertz = 1_000 * pow(octave, Double(index) / Double(fraction))
        lowerEdgeHertz = centreHertz * pow(octave, -0.5 / Double(fraction))
        upperEdgeHertz = centreHertz * pow(octave, 0.5 / Double(fraction))
    }
}

/// The third-octave bands that are measured.
public enum ThirdOctave {
    /// 12.5 Hz to 20 kHz: 33 bands.
    public static let bands: [OctaveBand] = zip(names, -19...13).map {
        OctaveBand(name: $0, index: $1, fraction: 3)
    }

    private static let names = [
        "12.5", "16", "20", "25", "31.5", "40", "50", "63", "80", "100", "125", "160", "200",
        "250", "315", "400", "500", "630", "800", "1000", "1250", "1600", "2000", "2500", "3150",
        "4000", "5000", "6300", "8000", "10000", "12500", "16000", "20000",
    ]
}

/// The octave bands that are measured.
public enum Octave {
    /// 16 Hz to 16 kHz: 11 bands.
    public static let bands: [OctaveBand] = zip(names, -6...4).map {
        OctaveBand(name: $0, index: $1, fraction: 1)
    }

    private static let names = [
        "16", "31.5", "63", "125", "250", "500", "1000", "2000", "4000", "8000", "16000",
    ]
}
