import LevelTypes
import SoundLevels
import Testing
import Timekeeping

/// What is trusted more than what.
@Suite struct LevelScaleResolutionTests {
    private let calibration = Calibration(
        source: "s", input: "alsa:a", time: UTCTime(microseconds: 0), note: "",
        calibratorLevel: 94, calibratorFrequency: 1_000, measuredFrequency: 1_000, spread: 0,
        before: nil, after: 121.5)

    private func response(_ header: String) throws -> MicrophoneResponse {
        try MicrophoneResponse(bytes: Array("\(header)\n20 0\n20000 0\n".utf8), path: "mic.txt")
    }

    @Test func theMostTrustedCounts() throws {
        let response = try response("Sens Factor =-2dB, SERNO: 7000001")
        let name = "mic.txt (serial number 7000001)"
        let all = LevelScale(
            calibration: calibration, fullScaleDecibels: 120, response: response)
        #expect(all == LevelScale(fullScaleDecibels: 121.5, state: .calibrated, correction: name))
        let configured = LevelScale(calibration: nil, fullScaleDecibels: 120, response: response)
        #expect(
            configured == LevelScale(fullScaleDecibels: 120, state: .indicative, correction: name))
        let file = LevelScale(calibration: nil, fullScaleDecibels: nil, response: response)
        #expect(file == LevelScale(fullScaleDecibels: 117, state: .indicative, correction: name))
        let nothing = LevelScale(calibration: nil, fullScaleDecibels: nil, response: nil)
        #expect(nothing == .relative)
    }

    @Test func aCorrectionWithoutSensitivityGivesNoScale() throws {
        let response = try response("* Dayton")
        let scale = LevelScale(calibration: nil, fullScaleDecibels: nil, response: response)
        #expect(
            scale
                == LevelScale(fullScaleDecibels: 0, state: .uncalibrated, correction: "mic.txt"))
    }
}
