import Glibc
import Testing

@testable import HostSystem

@Suite struct NetworkAccessTests {
    /// A family that no kernel has is refused with the error of `RestrictAddressFamilies=`.
    private static let unknown: Int32 = 4_000

    @Test func oneFamilyIsEnough() {
        #expect(!NetworkAccess.isRefused(families: [Self.unknown, AF_UNIX]))
        #expect(!NetworkAccess.isRefused(families: [AF_UNIX]))
        #expect(NetworkAccess.isRefused(families: [Self.unknown, Self.unknown]))
    }
}
