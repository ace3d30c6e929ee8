import Testing

@testable import monitorctl

/// What systemd says of the service.
@Suite struct MonitorDiagnosisTests {
    @Test func propertiesAreRead() {
        let service = SystemService(
            text: """
                LoadState=loaded
                ActiveState=activating
                UnitFileState=enabled
                ExecMainStatus=69

                """)
        #expect(service.isInstalled)
        #expect(service["ActiveState"] == "activating")
        #expect(service.exitStatus == 69)
        let other = SystemService(text: "LoadState=not-found\nExecMainStatus=0\nUnitFileState=\n")
        #expect(!other.isInstalled)
        #expect(other.exitStatus == nil)
        #expect(other["UnitFileState"] == "unknown")
    }
}
