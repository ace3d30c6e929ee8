import Capture
import Control
import Foundation
import LevelTypes
import Listening
import SoundTypes
import Testing
import Timekeeping

@testable import Monitoring

@Suite struct LiveStatusTests {
    private let status = LiveStatus()
    private let rate = SampleRate.hz48000

    private func time(_ seconds: Double) -> UTCTime {
        UTCTime(microseconds: 1_800_000_000_000_000).adding(seconds: seconds)
    }

    private func source(isMissing: Bool = false, at seconds: Double = 0) -> MonitorStatus.Source {
        status.source("yard", input: "alsa:x", nil, isMissing: isMissing, now: time(seconds))
    }

    private func event(
        _ id: Int64, _ label: String, until: Double, status: SoundEvent.Status = .open
    ) -> AnalysisMessage {
        .event(
            SoundEvent(
                id: id, source: "yard", label: label, onset: time(0), heardUntil: time(until),
                peakConfidence: 0.9126, meanConfidence: 0.5, status: status))
    }

    private func gap(from start: Double, to end: Double, _ lost: Int64) -> AnalysisMessage {
        .gap(
            AudioGap(
                source: "yard", start: time(start), end: time(end), lostSamples: lost,
                cause: .disconnected), newlyLost: lost)
    }

    @Test func aSourceThatWasNeverHeardSaysSo() {
        #expect(source().state == .opening)
        status.note(refusal: "no such device", of: "yard")
        #expect(source().fault == nil)
        #expect(source(isMissing: true).state == .missing)
        #expect(source(isMissing: true).fault == "no such device")
        #expect(source().level == nil && source().lastEvent == nil && source().events == 0)
    }

    @Test func whatWasHeardLastIsTold() {
        status.note(.began(source: "yard", since: time(0), sampleRate: .hz48000))
        status.note(
            .listening(source: "yard", since: time(0), sampleRate: .hz48000, lacksPriority: false))
        status.note(.heard(source: "yard", samples: 48_000, until: time(9.5)))
        status.note(event(3, "siren", until: 5))
        status.note(event(3, "siren", until: 6, status: .complete))
        status.note(event(4, "bird", until: 7, status: .retracted))
        status.note(
            .scores(
                SecondScores(
                    source: "yard", start: time(7), labels: ["a", "b", "c", "d", "e"],
                    maxima: [51, 204, 0, 255, 30])))
        let source = source(at: 10)
        #expect(source.sampleRate == 48_000)
        #expect(source.heardFor == 10 && source.behind == 0.5)
        #expect(source.events == 2)
        #expect(source.lastEvent == .init(id: 3, label: "siren", confidence: 0.913, age: 4))
        #expect(source.sounds.map(\.label) == ["d", "b", "a"])
        #expect(source.sounds.map(\.score) == [1, 0.8, 0.2])
    }

    /// A gap that goes on is reported again, and is one.
    @Test func gapsAreAddedUp() {
        status.note(.began(source: "yard", since: time(0), sampleRate: rate))
        status.note(gap(from: 1, to: 2, 48_000))
        status.note(gap(from: 1, to: 3, 48_000))
        status.note(gap(from: 5, to: 5.5, 24_000))
        #expect(source().gaps == 2)
        #expect(source().lost == 2.5)
        #expect(source().lostByCause == ["disconnected": 2.5])
    }

    /// What is not analysed in full is not missing.
    @Test func whatIsLeftOutIsToldByItself() {
        status.note(.began(source: "yard", since: time(0), sampleRate: rate))
        status.note(.effort(source: "yard", .withoutSounds, at: time(1)))
        for second in 1...3 {
            status.note(
                .gap(
                    AudioGap(
                        source: "yard", start: time(1), end: time(1 + Double(second)),
                        lostSamples: Int64(second) * 48_000, cause: .unrecognised),
                    newlyLost: 48_000))
        }
        #expect(source().omits == ["unrecognised"] && source().omitted == ["unrecognised": 3])
        #expect(source().gaps == 0 && source().lost == 0 && source().lostByCause.isEmpty)
        status.note(.effort(source: "yard", .full, at: time(4)))
        #expect(source().omits.isEmpty && source().omitted == ["unrecognised": 3])
        status.note(.drift(source: "yard", partsPerMillion: -3.14))
        #expect(source().drift == -3.1)
    }

    @Test func aClockThatIsSetDoesNotMakeItLate() {
        status.note(.began(source: "yard", since: time(0), sampleRate: rate))
        status.note(
            .listening(source: "yard", since: time(0), sampleRate: rate, lacksPriority: false))
        status.note(.clockStepped(source: "yard", seconds: 3_600, at: time(3_610)))
        let source = source(at: 3_611)
        #expect(source.heardFor == 11 && source.behind == 1 && source.clockSteps == 1)
    }

    @Test func anEndIsTold() throws {
        status.note(.began(source: "yard", since: time(0), sampleRate: rate))
        status.note(.ended(source: "yard", at: time(4), failure: nil))
        #expect(source().state == .ended && source().fault == nil)
        // It came back with another rate.
        let other = try #require(SampleRate(hertz: 32_000))
        status.note(.began(source: "yard", since: time(5), sampleRate: other))
        #expect(source().state == .opening && source().sampleRate == 32_000)
    }

    @Test func silenceHasNoLevel() {
        var summary = LevelSummary()
        summary.seconds = 1
        summary.exposureA = Decibels.power(level: -60)
        status.note(
            .level(
                source: "yard",
                LevelRecord(
                    start: time(0), samples: 48_000, sampleRate: .hz48000, summary: summary,
                    histogram: LevelHistogram(),
                    scale: LevelScale(fullScaleDecibels: 120, state: .calibrated))))
        #expect(
            source().level
                == .init(laeq: 60, lafMaximum: nil, lcPeak: nil, scale: "calibrated"))
    }

    @Test func theProcessUsesSomething() {
        let usage = ProcessUsage()
        #expect(usage.cpuSeconds > 0)
        #expect(usage.residentMegabytes > 1 && usage.residentMegabytes < 100_000)
    }
}
