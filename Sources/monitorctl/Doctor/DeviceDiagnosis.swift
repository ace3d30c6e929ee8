internal import Capture
internal import Foundation
internal import HostSystem
internal import Listings
internal import MonitorConfig
internal import SourceTypes

/// Whether a source that is not being heard could be.
struct DeviceDiagnosis {
    private typealias Finding = DoctorReport.Finding

    private static let seconds = 0.5

    private let source: SourceConfiguration

    init(_ source: SourceConfiguration) {
        self.source = source
    }

    var findings: [DoctorReport.Finding] {
        switch source.input {
        case .standardInput: []
        case .file(let path):
            FileManager.default.isReadableFile(atPath: path)
                ? [finding(.ok, "\(path) can be read")]
                : [finding(.fault, "\(path) cannot be read", "ls -l \(path)")]
        case .alsa(let name): ofDevice(name)
        }
    }

    private func finding(
        _ state: DoctorReport.Finding.State, _ text: String, _ remedy: String? = nil
    ) -> DoctorReport.Finding {
        Finding("input of \(source.name)", state, text, remedy: remedy)
    }

    private func ofDevice(_ name: String) -> [DoctorReport.Finding] {
        let known: CaptureDevice?
        do throws(CaptureError) {
            known = try CaptureDevice.all().first {
                $0.source == source.input || $0.pcmName == name
            }
        } catch {
            return [refusal(error, nil)]
        }
        let device = CaptureDevice(
            source: source.input, title: nil, pcmName: name, isOfCard: known?.isOfCard ?? false)
        do throws(CaptureError) {
            let abilities = try device.abilities()
            guard source.channel <= abilities.mostChannels else {
                return [
                    finding(
                        .fault,
                        "\(source.input) has no channel \(source.channel); accepted: 1 to "
                            + "\(abilities.mostChannels)",
                        "`channel: 1` of the source")
                ]
            }
            let channels = try device.measure(
                abilities, seconds: Self.seconds, atLeast: source.channel, rate: source.rate)
            return [signal(channels)] + [unstable(name, known)].compactMap { $0 }
        } catch {
            return [refusal(error, known?.holder)]
        }
    }

    private func refusal(_ error: CaptureError, _ holder: DeviceHolder?) -> DoctorReport.Finding {
        if error.isBusy {
            guard let holder else {
                return finding(
                    .fault, error.description, "end the other program: sudo fuser -v /dev/snd/*")
            }
            return holder.isMonitor
                ? finding(.ok, "\(source.input) is open: \(holder.description) listens to it")
                : finding(
                    .fault, "\(source.input) is open in \(holder.description)",
                    "end that program: kill \(holder.pid)")
        }
        return finding(
            .fault, error.description,
            error.isRefused ? "sudo adduser $USER audio, and log in again" : "monitorctl devices")
    }

    private func signal(_ channels: [ChannelMeasurement]) -> DoctorReport.Finding {
        let own = channels[source.channel - 1]
        let text = "\(source.input), channel \(source.channel): \(DeviceListing.text(own))"
        guard !own.isChanging else {
            return own.peak >= 1
                ? finding(.warning, text, "turn it down: alsamixer, F4 for capture")
                : finding(.ok, text)
        }
        let others = channels.indices.filter { channels[$0].isChanging }.map { $0 + 1 }
        guard let other = others.first else {
            return finding(
                .fault, text,
                "a switch on the microphone, or alsamixer (F4 for capture, space switches)")
        }
        return finding(
            .fault, text + "; channel \(other) has a signal", "`channel: \(other)` of the source")
    }

    /// A name that is another device's after the next boot, maybe.
    private func unstable(_ name: String, _ known: CaptureDevice?) -> DoctorReport.Finding? {
        guard let known, known.isOfCard, known.pcmName == name, known.source != source.input
        else { return nil }
        return finding(
            .warning, "the number in \(source.input) may be another card's after the next boot",
            "`input: \(known.source)` of the source")
    }
}
