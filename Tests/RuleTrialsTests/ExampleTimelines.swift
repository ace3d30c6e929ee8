/// A timeline for each of the twenty examples of `docs/rules.md`, on which it fires.
enum ExampleTimelines {
    static let all = events + levels + others

    private static let events = [
        """
          - name: an alarm is told again after a minute
            timeline: [{at: 5s, event: {label: alarm, duration: 70s}}]
            expect: [{at: 8s, fired: smoke-alarm}, {at: 68s, repeated: smoke-alarm}]
        """,
        """
          - name: a pause does not end it
            timeline:
              - {at: 0s, event: {label: crying_baby, duration: 15s}}
              - {at: 30s, event: {label: crying_baby, duration: 10s}}
            expect: [{at: 10s, fired: baby}, {at: 70s, resolved: baby, events: 2}]
        """,
        """
          - name: by day
            timeline: [{at: 5s, event: {label: knock}}, {at: 1h, event: {label: knock}}]
            expect: [{at: 5s, fired: knock}, {at: 1h, fired: knock}]
          - name: by night
            start: 2026-06-15 23:00
            timeline: [{at: 5s, event: {label: knock}}]
            expect: [{from: 0s, until: 1m, nothing: any}]
        """,
        """
          - name: barks with pauses
            timeline: [{at: 0s, event: {label: dog_bark}}, {at: 5m, event: {label: dog_bark}}]
            expect:
              - {at: 1s, fired: barking-diary}
              - {at: 15m1s, resolved: barking-diary, events: 2}
        """,
        """
          - name: ten barks
            start: 2026-06-15 23:00
            timeline: [{at: 0s, event: {label: dog_bark}, times: 12, every: 1m}]
            expect: [{at: 9m, fired: barking-at-night}]
        """,
        """
          - name: glass breaks, and somebody speaks
            start: 2030-07-25 12:00
            timeline: [{at: 10s, event: {label: glass_break}}, {at: 20s, event: {label: speech}}]
            expect: [{at: 10s, fired: intruder}]
        """,
    ]

    private static let levels = [
        """
          - name: half of the window is known
            timeline: [{at: 0s, levels: {for: 20m, laeq: 70}}]
            expect: [{at: 7m30s, fired: site-limit}]
        """,
        """
          - name: bass at night
            start: 2026-06-15 23:00
            timeline: [{at: 0s, levels: {for: 10m, laeq: -30, relative: true}}]
            expect: [{at: 7m30s, fired: bass}]
        """,
        """
          - name: the road
            timeline:
              - {at: 0s, levels: {for: 1m, laeq: 90}}
              - {at: 0s, event: {label: crow, duration: 1m}}
              - {at: 1m, levels: {for: 40m, laeq: 50}}
              - {at: 41m, levels: {for: 30m, laeq: 70}}
            expect: [{at: 41m57s, fired: road-noise}]
        """,
        """
          - name: a jackhammer
            timeline:
              - {at: 0s, levels: {for: 2m, laeq: 80}}
              - {at: 10s, event: {label: jackhammer, duration: 20s}}
            expect: [{at: 14s, fired: jackhammer}]
        """,
        """
          - name: it hums
            start: 2026-06-15 23:30
            timeline: [{at: 0s, levels: {for: 40m, laeq: 40}}]
            expect: [{at: 15m, fired: pump}]
        """,
        """
          - name: the fan
            timeline: [{at: 0s, levels: {for: 10m, laeq: -70, relative: true}}]
            expect: [{at: 4m, fired: fan-stopped}]
        """,
        """
          - name: one peak
            timeline: [{at: 3s, levels: {for: 1s, laeq: 90, lcpeak: 136}}]
            expect: [{at: 4s, fired: peak}]
        """,
    ]

    private static let others = [
        """
          - name: a flight
            timeline:
              - {at: 5s, event: {label: airplane, duration: 20s, lafmax: 65, lae: 75}}
              - {at: 1m, event: {label: airplane, duration: 20s, lafmax: 55, lae: 75}}
            expect: [{at: 5s, fired: flights}, {at: 25s, resolved: flights}]
        """,
        """
          - name: only the yard
            timeline:
              - {at: 5s, event: {label: bird, source: hall, rise: 30, lafmax: 60}}
              - {at: 20s, event: {label: bird, source: yard, rise: 30, lafmax: 60}}
            expect: [{at: 20s, fired: stands-out}]
        """,
        """
          - name: no audio
            timeline: [{at: 10s, gap: 5m}]
            expect: [{at: 2m10s, fired: no-audio}, {at: 5m11s, resolved: no-audio}]
        """,
        """
          - name: dead, then overloaded
            timeline:
              - {at: 0s, levels: {for: 6m, laeq: -90, relative: true, stuck: true}}
              - {at: 10m, levels: {for: 4m, laeq: -3, relative: true, clipped: true}}
            expect: [{at: 5m, fired: dead-microphone}, {at: 12m20s, fired: overloaded}]
        """,
        """
          - name: it fills up
            timeline: [{at: 5s, disk: 0.2}, {at: 1m, disk: 0.04}]
            expect: [{at: 1m, fired: disk}]
        """,
        """
          - name: off
            timeline: [{at: 5s, calibration: 0.2}, {at: 1m, calibration: -1.5}]
            expect: [{at: 1m, fired: drift}]
        """,
        """
          - name: a display, and a shot
            timeline:
              - {at: 0s, event: {label: fireworks}, times: 3, every: 20s}
              - {at: 1m, event: {label: gunshot}}
              - {at: 20m, event: {label: gunshot}}
            expect: [{at: 40s, fired: fireworks}, {at: 20m, fired: shots}]
        """,
    ]
}
