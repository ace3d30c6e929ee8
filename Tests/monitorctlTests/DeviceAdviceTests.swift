import Capture
import Foundation
import TestSupport
import Testing

@testable import monitorctl

/// The next step of whoever has no microphone that works.
@Suite struct DeviceAdviceTests {
    private static func refusal(_ code: Int32) -> CaptureError {
        CaptureError(.deviceUnavailable, code: code, subject: "alsa:hw:1", message: "no")
    }

    @Test func theNextStepIsThatOfTheCause() throws {
        let folder = try TemporaryDirectory()
        func advice(_ codes: [Int32], missing: Bool = false, inContainer: Bool = false) -> String {
            DeviceAdvice(
                refusals: codes.map(Self.refusal),
                folder: missing ? folder.path("none") : folder.url.path, isContainer: inContainer
            ).description
        }
        #expect(advice([-13, -2]).contains("sudo adduser $USER audio"))
        #expect(advice([-2]).contains("why is said with each"))
        #expect(advice([]).contains("/proc/asound/cards"))
        #expect(advice([], missing: true).contains("lsusb"))
        #expect(advice([-2], missing: true).contains("lsusb"), "alsa:default alone is no card")
        #expect(advice([], missing: true, inContainer: true).contains("--device /dev/snd"))
    }
}
