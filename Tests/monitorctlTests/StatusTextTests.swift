import AlertTypes
import Control
import Testing
import Timekeeping

@testable import monitorctl

@Suite struct StatusTextTests {
    private var status: MonitorStatus {
        var yard = MonitorStatus.Source(name: "yard", input: "alsa:hw:1", state: .heard)
        yard.sampleRate = 48_000
        (yard.heardFor, yard.behind) = (11_520, 0.4)
        yard.level = .init(laeq: 43.2, lafMaximum: 50, lcPeak: nil, scale: "calibrated")
        yard.sounds = [.init(label: "bird", score: 0.81), .init(label: "wind", score: 0.2)]
        yard.lastEvent = .init(id: 17, label: "dog_bark", confidence: 0.93, age: 180)
        (yard.events, yard.gaps, yard.lost, yard.overruns) = (214, 1, 2.5, 3)
        (yard.waiting, yard.room, yard.drift) = (12.04, 43.7, -3.25)
        yard.lostByCause = ["overrun": 0.5, "disconnected": 2]
        (yard.omits, yard.omitted) = (["unrecognised"], ["unrecognised": 7])
        var hall = MonitorStatus.Source(name: "hall", input: "alsa:x", state: .lost)
        hall.fault = "no\u{1B}such device"
        var status = MonitorStatus(
            at: UTCTime(microseconds: 0), pid: 7, uptime: 1_000, cpuTime: 21,
            residentMegabytes: 43.21, model: "built in", database: "/events.db",
            store: .init(waiting: 3, waitingMessages: 5, isHeldUp: true), sources: [yard, hall],
            rules: .init(count: 2, alerts: [.init(id: 9, rule: "dogs", age: 65)]),
            hooks: .init(running: 1, waiting: 2))
        status.soundToHook = Latency([0.149, 0.2, 1.555])
        return status
    }

    @Test func whatWasLeftOutIsSaidToo() {
        var over = status
        over.sources[0].omits = []
        over.rules.waitingMessages = 4
        let text = StatusText(over).text
        #expect(text.contains("  left out   unrecognised 7.0 s: the machine did not keep up\n"))
        #expect(text.contains("2 waiting; 4 messages wait to be judged\n"))
    }

    @Test func everythingIsSaid() {
        #expect(
            StatusText(status).text == """
                monitord 7  up 16 m 40 s, 2.1 % of a core, 43.2 MB, model built in
                yard  alsa:hw:1: heard for 3 h 12 m, 0.4 s behind, 48000 Hz
                  level      LAeq 43.2, LAFmax 50.0, LCpeak - dB
                  sounds     bird 0.81, wind 0.20
                  events     214, the last one 17 dog_bark (0.93), 3 m 00 s ago
                  missing    2.5 s in 1 gap (disconnected 2.0 s, overrun 0.5 s)
                  LEFT OUT   unrecognised (unrecognised 7.0 s): the machine does not keep up
                  buffer     12.0 of 44 s are in use
                  clock      3.3 ppm too slow
                  happened   3 overruns
                hall  alsa:x: NOT HEARD: the device is lost; it is opened again and again
                  fault      no?such device
                store  /events.db: 3 changes wait, and 5 messages for it; IT CANNOT BE WRITTEN at the moment
                rules  2, an alert lasts; commands: 1 running, 2 waiting
                  alert 9  dogs, for 1 m 05 s
                sound to command, last day: p50 0.20 s, p95 1.56 s, p99 1.56 s (3 alerts)

                """)
    }
}
