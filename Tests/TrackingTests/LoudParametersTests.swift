import Testing
import Tracking

/// Which values find loud sounds.
@Suite struct LoudParametersTests {
    @Test func thresholdsThatWork() throws {
        try LoudParameters(absoluteDecibels: 65).validate()
        try LoudParameters(aboveBackgroundDecibels: 3).validate()
        try LoudParameters(
            absoluteDecibels: -120, aboveBackgroundDecibels: 60, hysteresisDecibels: 20,
            minimumDurationSeconds: 0, holdSeconds: 0, maximumDurationSeconds: 1
        ).validate()
    }

    @Test(arguments: [
        (LoudParameters(), "loud sounds need a threshold, absolute or above the background"),
        (
            LoudParameters(absoluteDecibels: 161),
            "threshold of 161.0 dB is outside -120.0 to 160.0 dB"
        ),
        (
            LoudParameters(aboveBackgroundDecibels: .nan),
            "threshold above the background of nan dB is outside 3.0 to 60.0 dB"
        ),
        (
            LoudParameters(absoluteDecibels: 65, hysteresisDecibels: -1),
            "hysteresis of -1.0 dB is outside 0.0 to 20.0 dB"
        ),
        (
            LoudParameters(absoluteDecibels: 65, holdSeconds: .infinity),
            "hold time of inf s is not a length of zero or more"
        ),
        (
            LoudParameters(absoluteDecibels: 65, holdSeconds: 299),
            "maximum duration of 300.0 s must exceed 300.0 s, "
                + "the minimum duration and the merge gap or hold time together"
        ),
    ])
    func refused(parameters: LoudParameters, message: String) {
        #expect {
            try parameters.validate()
        } throws: { error in
            "\(error)" == message
        }
    }
}
