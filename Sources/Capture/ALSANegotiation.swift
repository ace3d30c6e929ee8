internal import CALSA
internal import SourceTypes
internal import Timekeeping

/// Agrees with an open device on rate, channels, format and buffer.
///
/// The order matters, because each choice narrows the next: the rate decides what can be heard, so
/// it comes first, then the channel that must be there, then the format.
@safe struct ALSANegotiation {
    /// Best first. 48 kHz is what the analysis is made for and what nearly all hardware runs at.
    static let preferredRates = [
        48_000, 44_100, 96_000, 88_200, 192_000, 176_400, 32_000, 24_000, 22_050, 16_000,
    ]

    /// Widest first. Float comes after 32 bits because devices that offer both shift integers at
    /// less cost; Float samples hold 24 bits either way.
    static let preferredFormats: [PCMFormat] = [
        .signed32, .float32, .signed24, .signed24Packed, .signed16,
    ]

    /// A wake-up every 10 ms keeps the delay small compared with the analysis window of 25 ms.
    private static let periodMicroseconds: UInt32 = 10_000
    /// A capture thread up to this late loses nothing.
    private static let bufferMicroseconds: UInt32 = 400_000

    private let pcm: OpaquePointer
    private let request: ALSADevice.Request

    init(pcm: OpaquePointer, request: ALSADevice.Request) {
        unsafe self.pcm = pcm
        self.request = request
    }

    // SAFETY of all calls below: `pcm` is open and used by this thread alone, the parameter blocks
    // are allocated by the library and freed at the end of the method that made them, and every
    // address passed is valid throughout the call.

    /// - Throws: `deviceUnsuitable`, `unsupportedRate`, `unsupportedChannel`, `unsupportedFormat`.
    func run() throws(CaptureError) -> ALSASetup {
        var block: OpaquePointer?
        try check(unsafe snd_pcm_hw_params_malloc(&block), "allocate its parameters")
        guard let hardware = unsafe block else { fatalError("libasound gave no parameters") }
        defer { unsafe snd_pcm_hw_params_free(hardware) }

        let any = unsafe snd_pcm_hw_params_any(pcm, hardware)
        try check(any, "list what it offers")
        try check(
            unsafe snd_pcm_hw_params_set_access(pcm, hardware, SND_PCM_ACCESS_RW_INTERLEAVED),
            "read interleaved frames (plughw: can)")
        let rate = try unsafe chooseRate(hardware)
        let channels = try unsafe chooseChannels(hardware)
        let format = try unsafe chooseFormat(hardware)
        let (period, buffer) = try unsafe chooseBuffer(hardware)
        try check(unsafe snd_pcm_hw_params(pcm, hardware), "set its parameters")
        try configureWakeUps(periodFrames: period)
        return ALSASetup(
            format: format, rate: rate, channels: channels, periodFrames: Int(period),
            bufferFrames: Int(buffer))
    }

    /// What the device offers, of what can be chosen from.
    func abilities() throws(CaptureError) -> DeviceAbilities {
        var block: OpaquePointer?
        try check(unsafe snd_pcm_hw_params_malloc(&block), "allocate its parameters")
        guard let hardware = unsafe block else { fatalError("libasound gave no parameters") }
        defer { unsafe snd_pcm_hw_params_free(hardware) }
        try check(unsafe snd_pcm_hw_params_any(pcm, hardware), "list what it offers")
        var (lowest, highest): (UInt32, UInt32) = (0, 0)
        try check(
            unsafe snd_pcm_hw_params_get_channels_min(hardware, &lowest), "tell its channels")
        try check(
            unsafe snd_pcm_hw_params_get_channels_max(hardware, &highest), "tell its channels")
        return DeviceAbilities(
            formats: Self.preferredFormats.filter {
                unsafe snd_pcm_hw_params_test_format(pcm, hardware, $0.alsa) == 0
            },
            rates: Self.preferredRates.sorted().filter {
                unsafe snd_pcm_hw_params_test_rate(pcm, hardware, UInt32($0), 0) == 0
            },
            leastChannels: Int(lowest), mostChannels: Int(highest))
    }

    private func chooseRate(_ hardware: OpaquePointer) throws(CaptureError) -> SampleRate {
        let wanted = request.rate.map { [$0.hertz] } ?? Self.preferredRates
        for hertz in wanted {
            let code = unsafe snd_pcm_hw_params_set_rate(pcm, hardware, UInt32(hertz), 0)
            if code == 0, let rate = SampleRate(hertz: hertz) { return rate }
        }
        if request.rate == nil, let rate = try unsafe chooseUncommonRate(hardware) { return rate }
        var lowest: UInt32 = 0
        var highest: UInt32 = 0
        try check(unsafe snd_pcm_hw_params_get_rate_min(hardware, &lowest, nil), "tell its rates")
        try check(unsafe snd_pcm_hw_params_get_rate_max(hardware, &highest, nil), "tell its rates")
        let accepted = SampleRate.accepted
        let fault =
            request.rate.map { "does not run at \($0.hertz) Hz" }
            ?? "has no rate from \(accepted.lowerBound) to \(accepted.upperBound) Hz"
        throw failure(.unsupportedRate, fault + "; it offers \(Self.span(lowest, highest)) Hz")
    }

    /// The rate nearest to 48 kHz on a device that has none of the usual ones.
    private func chooseUncommonRate(_ hardware: OpaquePointer) throws(CaptureError) -> SampleRate? {
        var lowest = UInt32(SampleRate.accepted.lowerBound)
        var highest = UInt32(SampleRate.accepted.upperBound)
        let code = unsafe snd_pcm_hw_params_set_rate_minmax(
            pcm, hardware, &lowest, nil, &highest, nil)
        guard code == 0 else { return nil }
        var hertz: UInt32 = 48_000
        try check(
            unsafe snd_pcm_hw_params_set_rate_near(pcm, hardware, &hertz, nil), "set its rate")
        return SampleRate(hertz: Int(hertz))
    }

    /// The fewest channels that include the wanted one.
    private func chooseChannels(_ hardware: OpaquePointer) throws(CaptureError) -> Int {
        var highest: UInt32 = 0
        try check(
            unsafe snd_pcm_hw_params_get_channels_max(hardware, &highest), "tell its channels")
        guard request.channel >= 1, request.channel <= Int(highest) else {
            throw failure(
                .unsupportedChannel,
                "has no channel \(request.channel); accepted: \(Self.span(1, highest))")
        }
        var channels = UInt32(request.channel)
        try check(
            unsafe snd_pcm_hw_params_set_channels_min(pcm, hardware, &channels),
            "have \(request.channel) channels")
        try check(
            unsafe snd_pcm_hw_params_set_channels_first(pcm, hardware, &channels),
            "set its channels")
        return Int(channels)
    }

    private func chooseFormat(_ hardware: OpaquePointer) throws(CaptureError) -> PCMFormat {
        for format in Self.preferredFormats {
            let code = unsafe snd_pcm_hw_params_set_format(pcm, hardware, format.alsa)
            if code == 0 { return format }
        }
        let names = Self.preferredFormats.map(\.rawValue).joined(separator: ", ")
        throw failure(.unsupportedFormat, "has none of the formats \(names)")
    }

    /// Returns the number of frames in a period and in the whole buffer.
    private func chooseBuffer(
        _ hardware: OpaquePointer
    ) throws(CaptureError) -> (snd_pcm_uframes_t, snd_pcm_uframes_t) {
        var periodTime = Self.periodMicroseconds
        var bufferTime = Self.bufferMicroseconds
        try check(
            unsafe snd_pcm_hw_params_set_period_time_near(pcm, hardware, &periodTime, nil),
            "set its period")
        try check(
            unsafe snd_pcm_hw_params_set_buffer_time_near(pcm, hardware, &bufferTime, nil),
            "set its buffer")
        var period: snd_pcm_uframes_t = 0
        var buffer: snd_pcm_uframes_t = 0
        try check(
            unsafe snd_pcm_hw_params_get_period_size(hardware, &period, nil), "tell its period")
        try check(unsafe snd_pcm_hw_params_get_buffer_size(hardware, &buffer), "tell its buffer")
        return (period, buffer)
    }

    /// Wakes the reader once per period and asks for stamps from the monotonic clock. A driver may
    /// refuse them; `ALSADevice.moment` notices and does without.
    private func configureWakeUps(periodFrames: snd_pcm_uframes_t) throws(CaptureError) {
        var block: OpaquePointer?
        try check(unsafe snd_pcm_sw_params_malloc(&block), "allocate its parameters")
        guard let software = unsafe block else { fatalError("libasound gave no parameters") }
        defer { unsafe snd_pcm_sw_params_free(software) }

        try check(unsafe snd_pcm_sw_params_current(pcm, software), "tell its wake-ups")
        try check(
            unsafe snd_pcm_sw_params_set_avail_min(pcm, software, periodFrames),
            "set its wake-ups")
        _ = unsafe snd_pcm_sw_params_set_tstamp_mode(pcm, software, SND_PCM_TSTAMP_ENABLE)
        _ = unsafe snd_pcm_sw_params_set_tstamp_type(
            pcm, software, SND_PCM_TSTAMP_TYPE_MONOTONIC)
        try check(unsafe snd_pcm_sw_params(pcm, software), "set its wake-ups")
    }

    private func check(_ code: Int32, _ deed: String) throws(CaptureError) {
        guard code < 0 else { return }
        throw CaptureError(
            .deviceUnsuitable, code: code, subject: request.subject,
            message: "the device cannot \(deed): " + ALSADevice.message(code))
    }

    private func failure(_ kind: CaptureError.Kind, _ fault: String) -> CaptureError {
        CaptureError(kind, subject: request.subject, message: "the device " + fault)
    }

    private static func span(_ lowest: UInt32, _ highest: UInt32) -> String {
        lowest == highest ? "\(lowest)" : "\(lowest) to \(highest)"
    }
}

extension PCMFormat {
    fileprivate var alsa: snd_pcm_format_t {
        switch self {
        case .signed16: SND_PCM_FORMAT_S16_LE
        case .signed24Packed: SND_PCM_FORMAT_S24_3LE
        case .signed24: SND_PCM_FORMAT_S24_LE
        case .signed32: SND_PCM_FORMAT_S32_LE
        case .float32: SND_PCM_FORMAT_FLOAT_LE
        }
    }
}
