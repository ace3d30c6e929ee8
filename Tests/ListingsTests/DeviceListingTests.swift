import Capture
import Listings
import SourceTypes
import Testing

/// What is printed of the devices that there are.
@Suite struct DeviceListingTests {
    private static let yard = CaptureDevice(
        source: .alsa("by-id/usb-Blue_Snowball-00"), title: "Blue Snowball", pcmName: "hw:1,0",
        isOfCard: true)
    private static let abilities = DeviceAbilities(
        formats: [.signed24Packed, .signed16], rates: [44_100, 48_000], leastChannels: 1,
        mostChannels: 2)

    private static func row(
        _ holder: DeviceHolder? = nil, _ change: (inout DeviceListing.Row) -> Void
    ) -> DeviceListing.Row {
        var device = yard
        device.holder = holder
        var row = DeviceListing.Row(device: device)
        change(&row)
        return row
    }

    private static func refusal(_ code: Int32) -> CaptureError {
        CaptureError(.deviceUnavailable, code: code, subject: "alsa:hw:1,0", message: "no luck")
    }

    @Test func aDeviceIsDescribed() {
        let row = Self.row {
            $0.abilities = Self.abilities
            $0.channels = [
                ChannelMeasurement(power: 1e-3, peak: 0.1, isChanging: true),
                ChannelMeasurement(power: 0.5, peak: 1, isChanging: true),
                ChannelMeasurement(power: 0, peak: 0, isChanging: false),
                ChannelMeasurement(power: 0.01, peak: 0.1, isChanging: false),
            ]
        }
        #expect(
            DeviceListing([row]).text == """
                alsa:by-id/usb-Blue_Snowball-00
                  device     Blue Snowball (hw:1,0)
                  offers     1 to 2 channels; 44100, 48000 Hz; S24_3LE, S16_LE
                  channel 1  -30.0  dB re full scale  [####################----------]
                  channel 2  -3.0   dB re full scale  [#############################-]  clipped
                  channel 3  digital silence
                  channel 4  no change: dead or muted

                """)
        #expect(
            DeviceListing([row]).json == """
                [
                {"source":"alsa:by-id/usb-Blue_Snowball-00","device":"Blue Snowball",\
                "pcm":"hw:1,0","of_card":true,"formats":["S24_3LE","S16_LE"],\
                "rates":[44100,48000],"channels_min":1,"channels_max":2,"levels":[\
                {"leq_dbfs":-30.0,"peak_dbfs":-20.0,"changing":true},\
                {"leq_dbfs":-3.0,"peak_dbfs":0.0,"changing":true},\
                {"leq_dbfs":null,"peak_dbfs":null,"changing":false},\
                {"leq_dbfs":-20.0,"peak_dbfs":-20.0,"changing":false}],"in_use":false,\
                "holder":null,"fault":null}
                ]

                """)
    }

    @Test(arguments: [
        (
            DeviceHolder(pid: 4_711, program: "monitord") as DeviceHolder?,
            "in use     by monitord (4711): monitorctl status says what it hears"
        ),
        (
            DeviceHolder(pid: 12, program: "arecord"),
            "in use     by arecord (12), so how loud it is is not known"
        ),
        (DeviceHolder?.none, "in use     by another program, so how loud it is is not known"),
    ])
    func whoHasItIsSaid(_ holder: DeviceHolder?, _ line: String) {
        let listing = DeviceListing([Self.row(holder) { $0.fault = Self.refusal(-16) }])
        #expect(listing.text.contains("  " + line + "\n"))
        #expect(listing.json.contains("\"in_use\":true"))
    }

    @Test func aFaultIsSaid() {
        let listing = DeviceListing([Self.row { $0.fault = Self.refusal(-13) }])
        #expect(listing.text.contains("  fault      no luck\n"))
        #expect(listing.json.contains("\"in_use\":false,\"holder\":null,\"fault\":\"no luck\""))
        #expect(DeviceListing([]).text.isEmpty)
        #expect(DeviceListing([]).json == "[]\n")
    }

    @Test(arguments: [
        (-200.0, 0), (-90.0, 0), (-45.0, 5), (0.0, 10), (6.0, 10), (-Double.infinity, 0),
    ])
    func theBarGoesFromMinus90To0(_ level: Double, _ filled: Int) {
        let bar = levelBar(level, width: 10)
        #expect(bar.count == 10 && bar.filter { $0 == "#" }.count == filled)
    }
}
