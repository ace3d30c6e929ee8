import Listings
import Testing

@testable import monitorctl

/// What is said of the clock and of priorities.
@Suite struct SystemDiagnosisTests {
    @Test func aClockThatIsNotSetIsWarnedOf() {
        #expect(SystemDiagnosis.clock(isSynchronised: true).state == .ok)
        #expect(SystemDiagnosis.clock(isSynchronised: nil).state == .ok)
        let warning = SystemDiagnosis.clock(isSynchronised: false)
        #expect(warning.state == .warning && warning.remedy?.contains("timedatectl") == true)
    }

    @Test func aRefusedPriorityIsWarnedOf() {
        #expect(SystemDiagnosis.priority([]).state == .ok)
        #expect(SystemDiagnosis.priority([true, true]).state == .ok)
        #expect(SystemDiagnosis.priority([true, false]).state == .warning)
    }
}
