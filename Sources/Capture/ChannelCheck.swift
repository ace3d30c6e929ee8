/// Checks a channel counted from 1.
/// - Throws: `unsupportedChannel`.
func checkChannel(_ channel: Int, of channels: Int, subject: String) throws(CaptureError) {
    guard channel >= 1, channel <= channels else {
        throw CaptureError(
            .unsupportedChannel, subject: subject,
            message: "there is no channel \(channel); accepted: 1 to \(channels)")
    }
}
