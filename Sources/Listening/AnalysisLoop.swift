internal import Capture
internal import LevelTypes
internal import SampleRing
internal import SoundLevels
internal import SoundTypes
internal import Timekeeping
internal import Tracking

/// Takes one source's audio out of its ring and turns it into levels, scores and events.
///
/// Everything is allocated before the first sample. A hop allocates nothing; a message does, and
/// there are three a second, five where something is left out, and a few per event, one of them
/// with its picture.
///
/// Missing audio restarts the network: it must not hear the two sides of a gap as neighbours.
///
/// Of a live source that it does not keep up with, it leaves parts of the analysis out
/// (`OverloadLadder`), and says so.
@safe final class AnalysisLoop {
    /// Samples taken out of the ring at once, at most.
    static let blockSize = 4_096

    private let source: String
    private let ring: SampleRing
    private let recogniser: Recogniser
    private let nextEventID: () -> Int64
    private let put: (AnalysisMessage) -> Void
    private let lacksPriority: () -> Bool
    private let failure: () -> CaptureError?
    private let onScores: ((Span<Float>, Int64, Int64) -> Void)?
    private let onSamples: ((Span<Float>, Int64) -> Void)?

    private let block: UnsafeMutableBufferPointer<Float>  // [blockSize]
    private var tracker: EventTracker
    private var scoreSeconds: ScoreSeconds
    /// `nil` if levels cannot be measured.
    private let levels: LevelAnalysis?
    private var clock: SampleClock?
    /// Whether the clock was set without a time from the device, which is then still to come.
    private var isClockGuessed = false
    /// Whether the device's times count, and not a given start.
    private let followsDevice: Bool
    private var drift: ClockDrift
    private let sampleRate: SampleRate
    private var position: Int64 = 0
    private var hasBegun = false
    private var hasHeard = false
    /// Samples since the last `.heard`.
    private var unreported = 0
    private var openEvents: [OpenEvent?]  // one per label, and one for loud sounds
    private var awaitedPictures = 0
    /// The gap that grows while no samples come.
    private var openGap: AudioGap?
    private let isLive: Bool
    private var ladder = OverloadLadder()
    private var effort: AnalysisEffort { ladder.effort }
    /// The gaps that grow while parts of the analysis are left out.
    private var omissions: [AudioGap] = []

    /// Where an event is on both clocks. Its times are counted from its onset, so a step of the
    /// wall clock changes no duration.
    private struct OpenEvent {
        let id: Int64
        let onset: Int64
        let onsetTime: UTCTime
        /// LA90 before the onset.
        var background: Double?
        /// What was measured of the part that is under way, from where and up to where.
        var measured = LevelHistory.Stretch()
        var measuredFrom: Int64
        var measuredUntil: Int64
        /// Whether its picture is still to be taken, and the onset that it shows.
        var awaitsPicture: Bool
        var pictureOnset: Int64
    }

    /// - Parameters:
    ///   - source: the name under which events are reported
    ///   - startTime: the wall-clock time of the first sample; `nil` takes the time at which the
    ///     device captured it
    ///   - isLive: whether audio is lost if the analysis does not keep up
    ///   - nextEventID: gives each event its number
    ///   - lacksPriority: whether the capture was refused the priority of a live source; asked once
    ///     the first samples have come
    ///   - failure: why the capture ended, if not normally; asked at the end
    ///   - onScores: gets the scores of every step, [labels], and its first and last position
    ///   - onSamples: gets all samples, and the position of the first of them
    ///   - put: takes the messages, on the thread that runs the loop
    init(
        source: String, ring: SampleRing, recogniser: Recogniser, tracker: EventTracker,
        levels: LevelAnalysis?, sampleRate: SampleRate, startTime: UTCTime?, isLive: Bool = false,
        nextEventID: @escaping () -> Int64,
        lacksPriority: @escaping () -> Bool = { false },
        failure: @escaping () -> CaptureError? = { nil },
        onScores: ((Span<Float>, Int64, Int64) -> Void)? = nil,
        onSamples: ((Span<Float>, Int64) -> Void)? = nil,
        put: @escaping (AnalysisMessage) -> Void
    ) {
        self.source = source
        self.ring = ring
        self.recogniser = recogniser
        self.tracker = tracker
        scoreSeconds = ScoreSeconds(labelCount: recogniser.labels.count)
        self.sampleRate = sampleRate
        self.isLive = isLive
        self.nextEventID = nextEventID
        self.onScores = onScores
        self.onSamples = onSamples
        self.put = put
        self.lacksPriority = lacksPriority
        self.failure = failure
        self.levels = levels
        followsDevice = startTime == nil
        drift = ClockDrift(sampleRate: sampleRate)
        clock = startTime.map { SampleClock(sampleRate: sampleRate, time: $0) }
        openEvents = Array(repeating: nil, count: recogniser.labels.count + 1)
        unsafe block = .allocate(capacity: Self.blockSize)
        // SAFETY: just allocated; freed in deinit.
        unsafe block.initialize(repeating: 0)
    }

    deinit {
        // SAFETY: allocated in init, never handed to anyone.
        unsafe block.deallocate()
    }

    /// Runs until the ring is finished, pausing for `idle` whenever it is empty.
    func run(idle: Duration) {
        while true {
            switch step() {
            case .worked: continue
            case .idle: MonotonicClock.sleep(for: idle)
            case .finished: return
            }
        }
    }

    enum Progress { case worked, idle, finished }

    /// Handles what the ring holds next.
    func step() -> Progress {
        // SAFETY: the block has blockSize samples and is used by this thread alone.
        switch unsafe ring.read(into: block) {
        case .samples(let position, let count):
            hear(at: position, count: count)
            return .worked
        case .gap(let position, let lostSamples, let cause):
            miss(at: position, lostSamples: lostSamples, cause: cause)
            return .worked
        case .time(let position, let nanoseconds):
            observe(position: position, nanoseconds: nanoseconds)
            return .worked
        case .empty:
            return .idle
        case .finished:
            finish()
            return .finished
        }
    }

    // MARK: What the ring holds

    private func hear(at position: Int64, count: Int) {
        if !hasHeard { beginListening(at: position) }
        openGap = nil
        if effort != .full, omissions.isEmpty { beginOmissions(at: position) }
        // SAFETY: the ring has just filled this many samples.
        let samples = unsafe UnsafeBufferPointer(rebasing: block[..<count]).span
        levels?.process(
            samples, position: position, clock: currentClock(), onRecord: { report($0) },
            onLoud: { publishLoud($0) })
        if effort == .full { recogniser.process(samples) { track($0, $1, $2) } }
        onSamples?(samples, position)
        self.position = position + Int64(count)
        unreported += count
        guard unreported >= sampleRate.hertz else { return }
        reportHeard()
        if isLive { adaptEffort() }
    }

    /// A device that is away reports a piece of the gap each second: the pieces are one gap, which
    /// is reported again each time it has grown.
    private func miss(at position: Int64, lostSamples: Int64, cause: GapCause) {
        endStream()
        drift.reset()
        self.position = position + lostSamples
        recogniser.begin(at: self.position)
        let start = time(at: position)
        var gap = AudioGap(source: source, start: start, end: start, lostSamples: 0, cause: cause)
        begin(at: start)
        if let openGap, openGap.cause == cause { gap = openGap }
        gap.lostSamples += lostSamples
        gap.end = gap.start.adding(seconds: sampleRate.seconds(gap.lostSamples))
        openGap = gap
        put(.gap(gap, newlyLost: lostSamples))
    }

    private func observe(position: Int64, nanoseconds: Int64) {
        guard followsDevice else { return }
        if isLive, let ppm = drift.observe(position: position, nanoseconds: nanoseconds) {
            put(.drift(source: source, partsPerMillion: ppm))
        }
        let captured = UTCTime(monotonicNanoseconds: nanoseconds)
        guard var observed = clock, !isClockGuessed else {
            replaceGuess(by: captured, at: position)
            return
        }
        let step = observed.observe(position: position, time: captured)
        follow(observed, step: step, at: captured)
    }

    /// The first time from the device. What was reported before it, a gap or the first samples, had
    /// the time at which it arrived: if that was far off, the clock has made a step.
    private func replaceGuess(by captured: UTCTime, at position: Int64) {
        let difference = clock.map { captured.seconds(since: $0.time(at: position)) } ?? 0
        let isStep = hasBegun && abs(difference) > SampleClock.stepThresholdSeconds
        isClockGuessed = false
        follow(
            SampleClock(sampleRate: sampleRate, position: position, time: captured),
            step: isStep ? difference : nil, at: captured)
    }

    /// Takes the next clock. What was heard on the previous clock comes before a step.
    private func follow(_ next: SampleClock, step: Double?, at time: UTCTime) {
        if step != nil {
            reportHeard()
            omissions = []
        }
        clock = next
        if let step, hasBegun { put(.clockStepped(source: source, seconds: step, at: time)) }
    }

    private func finish() {
        endStream()
        if effort != .full { put(.effort(source: source, .full, at: time(at: position))) }
        put(
            .ended(
                source: source, at: hasHeard ? time(at: position) : nil, failure: failure()))
    }

    private func beginListening(at position: Int64) {
        hasHeard = true
        let since = time(at: position)
        begin(at: since)
        put(
            .listening(
                source: source, since: since, sampleRate: sampleRate,
                lacksPriority: lacksPriority()))
    }

    private func begin(at time: UTCTime) {
        guard !hasBegun else { return }
        hasBegun = true
        put(.began(source: source, since: time, sampleRate: sampleRate))
    }

    /// Closes everything that is under way, because what follows is not contiguous with it.
    private func endStream() {
        guard hasHeard else { return }
        levels?.endStream(
            clock: currentClock(), onRecord: { report($0) }, onLoud: { publishLoud($0) })
        if effort == .full { endScores() }
        // First: what ends now, ends because nothing more was heard.
        reportHeard()
        omissions = []
        tracker.gap { publish($0) }
    }

    private func endScores() {
        recogniser.finish { track($0, $1, $2) }
        scoreSeconds.finish { report($0, $1) }
    }

    // MARK: Overload

    /// Leaves out more of the analysis, or less, if the backlog asks for it.
    private func adaptEffort() {
        let before = effort
        ladder.look(backlogSeconds: sampleRate.seconds(Int64(ring.waitingSamples)))
        guard effort != before else { return }
        if before == .full {
            endScores()
            tracker.gap { publish($0) }
        }
        if effort == .full { recogniser.begin(at: position) }
        levels?.measuresBands = effort != .plainLevels
        omissions.removeAll { !effort.omits.contains($0.cause) }
        beginOmissions(at: position)
        put(.effort(source: source, effort, at: time(at: position)))
    }

    private func beginOmissions(at position: Int64) {
        for cause in effort.omits where !omissions.contains(where: { $0.cause == cause }) {
            let start = time(at: position)
            omissions.append(
                AudioGap(source: source, start: start, end: start, lostSamples: 0, cause: cause))
        }
    }

    /// What was heard since the last report was not analysed in full.
    private func reportOmissions() {
        for index in omissions.indices {
            omissions[index].lostSamples += Int64(unreported)
            let seconds = sampleRate.seconds(omissions[index].lostSamples)
            omissions[index].end = omissions[index].start.adding(seconds: seconds)
            put(.gap(omissions[index], newlyLost: Int64(unreported)))
        }
    }

    // MARK: What becomes of it

    private func track(_ scores: Span<Float>, _ start: Int64, _ end: Int64) {
        onScores?(scores, start, end)
        scoreSeconds.add(scores, at: time(at: start)) { report($0, $1) }
        tracker.process(scores: scores, start: start, end: end) { publish($0) }
        if awaitedPictures > 0 { takePictures() }
    }

    /// Takes the pictures of the events that are due.
    private func takePictures() {
        for label in openEvents.indices {
            guard let event = openEvents[label], event.awaitsPicture,
                recogniser.isPictureDue(onset: event.pictureOnset)
            else { continue }
            takePicture(label: label)
        }
    }

    private func takePicture(label: Int) {
        guard var event = openEvents[label], event.awaitsPicture else { return }
        event.awaitsPicture = false
        openEvents[label] = event
        awaitedPictures -= 1
        let picture = recogniser.picture(of: event.id, label: label, onset: event.pictureOnset) {
            event.onsetTime.adding(seconds: sampleRate.seconds($0 - event.onset))
        }
        if let picture { put(.picture(source: source, picture)) }
    }

    private func report(_ record: LevelRecord) {
        put(.level(source: source, record))
    }

    private func report(_ second: UTCTime, _ maxima: [UInt8]) {
        put(
            .scores(
                SecondScores(
                    source: source, start: second, labels: recogniser.labels, maxima: maxima)))
    }

    private func reportHeard() {
        guard unreported > 0 else { return }
        scoreSeconds.tell { report($0, $1) }
        reportOmissions()
        put(.heard(source: source, samples: unreported, until: time(at: position)))
        unreported = 0
    }

    /// A loud sound is certain; its level says how loud it is.
    private func publishLoud(_ change: TrackedChange) {
        var change = change
        change.label = recogniser.labels.count
        (change.peak, change.mean) = (1, 1)
        publish(change)
    }

    private func publish(_ change: TrackedChange) {
        let event = openEvent(of: change)
        func time(_ position: Int64) -> UTCTime {
            event.onsetTime.adding(seconds: sampleRate.seconds(position - event.onset))
        }
        let label =
            change.label < recogniser.labels.count
            ? recogniser.labels[change.label] : SoundEvent.loudLabel
        put(
            .event(
                SoundEvent(
                    id: event.id, part: change.part, source: source, label: label,
                    onset: time(change.onset), heardUntil: time(change.heardUntil),
                    peakConfidence: Double(change.peak), meanConfidence: Double(change.mean),
                    status: change.kind.status, isSettled: change.isSettled,
                    levels: levels?.levels(of: event.measured, background: event.background))))
        if change.kind.status != .open { takePicture(label: change.label) }
    }

    /// The event of a change, with its levels up to where it was heard.
    private func openEvent(of change: TrackedChange) -> OpenEvent {
        var event = knownEvent(of: change) ?? newEvent(change)
        // Another part, or the same one settled.
        if event.measuredFrom != change.onset || event.measuredUntil > change.heardUntil {
            if change.part == 1 {
                event.pictureOnset = change.onset
                event.background = levels?.background(before: change.onset)
            }
            event.measured = LevelHistory.Stretch()
            (event.measuredFrom, event.measuredUntil) = (change.onset, change.onset)
        }
        if let levels, change.heardUntil > event.measuredUntil {
            let new = levels.stretch(after: event.measuredUntil, through: change.heardUntil)
            event.measured.add(new)
            event.measuredUntil = change.heardUntil
        }
        openEvents[change.label] = event
        return event
    }

    private func knownEvent(of change: TrackedChange) -> OpenEvent? {
        change.kind == .began && change.part == 1 ? nil : openEvents[change.label]
    }

    private func newEvent(_ change: TrackedChange) -> OpenEvent {
        let awaitsPicture = recogniser.takesPictures && change.label < recogniser.labels.count
        if awaitsPicture { awaitedPictures += 1 }
        return OpenEvent(
            id: nextEventID(), onset: change.onset, onsetTime: time(at: change.onset),
            background: levels?.background(before: change.onset), measuredFrom: change.onset,
            measuredUntil: change.onset, awaitsPicture: awaitsPicture,
            pictureOnset: change.onset)
    }

    private func currentClock() -> SampleClock {
        if let clock { return clock }
        // Neither a start time nor, so far, one from the device: what comes next arrives now.
        let clock = SampleClock(sampleRate: sampleRate, position: position, time: .now())
        self.clock = clock
        isClockGuessed = true
        return clock
    }

    private func time(at position: Int64) -> UTCTime {
        currentClock().time(at: position)
    }
}

extension TrackedChange.Kind {
    /// The state of an event after such a change.
    fileprivate var status: SoundEvent.Status {
        switch self {
        case .began, .updated: .open
        case .ended: .complete
        case .retracted: .retracted
        }
    }
}

// SAFETY: a loop is made on one thread and then handed to the one thread that runs it.
extension AnalysisLoop: @unchecked Sendable {}
