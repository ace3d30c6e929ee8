import Control
import Testing

@testable import Monitoring

@Suite struct StatusLineTests {
    private func source(
        _ name: String, _ state: MonitorStatus.Source.State = .heard, _ laeq: Double? = 61.24,
        scale: String = "calibrated"
    ) -> MonitorStatus.Source {
        var source = MonitorStatus.Source(name: name, input: "alsa:x", state: state)
        source.level = MonitorStatus.Level(
            laeq: laeq, lafMaximum: nil, lcPeak: nil, scale: scale)
        return source
    }

    private func line(_ sources: MonitorStatus.Source...) -> String {
        StatusLine(sources).description
    }

    @Test func sourcesAndTheirLevels() {
        #expect(line(source("yard")) == "listening to 1 of 1 source; 61.2 dB(A) at yard")
        #expect(
            line(source("yard"), source("door", scale: "uncalibrated"))
                == "listening to 2 of 2 sources; 61.2 dB(A) at yard; 61.2 dB re FS at door")
    }

    /// What cannot be heard comes first.
    @Test func whatIsNotHeardIsNamed() {
        #expect(
            line(source("yard"), source("door", .lost), source("attic", .missing))
                == "listening to 1 of 3 sources; door is lost; attic could not be opened yet; "
                + "61.2 dB(A) at yard")
        #expect(
            line(source("yard", .opening))
                == "listening to 0 of 1 source; yard is being opened")
    }

    @Test func whatHasEndedIsNotCounted() {
        #expect(
            line(source("yard", .heard, nil), source("file", .ended))
                == "listening to 1 of 1 source")
    }

    @Test func aLineIsShort() {
        let line = StatusLine((1...9).map { source("s\($0)") }).description
        #expect(line.hasSuffix("61.2 dB(A) at s4"))
    }

    /// A name never gives the service manager another line.
    @Test func namesAreText() {
        #expect(!line(source("a\nWATCHDOG=1")).contains("\n"))
    }
}
