internal import Capture
internal import Glibc
internal import HostSystem

/// Why there is no microphone that can be used, and what to do about it.
struct DeviceAdvice: ExitStatusProviding, Equatable {
    /// What the system says of its sound cards.
    enum Cause: Equatable {
        /// Devices are there, and this user may not open them.
        case notPermitted
        /// There is no folder of sound devices.
        case noSound(isContainer: Bool)
        /// There are cards, but none that can capture.
        case noCapture
        /// Devices are there, and something else is wrong with each.
        case unusable
    }

    let cause: Cause
    let folder: String

    /// - Parameters:
    ///   - refusals: why the devices that there are cannot be opened
    init(
        refusals: [CaptureError], folder: String = SoundDeviceFolder.current.path,
        isContainer: Bool = Self.isContainer
    ) {
        self.folder = folder
        if refusals.contains(where: \.isRefused) {
            cause = .notPermitted
        } else if !fileExists(folder) {
            cause = .noSound(isContainer: isContainer)
        } else {
            cause = refusals.isEmpty ? .noCapture : .unusable
        }
    }

    /// Files that containers have.
    static var isContainer: Bool {
        ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"].contains(where: fileExists)
    }

    var exitStatus: ExitStatus { .unavailable }

    /// The next step.
    var description: String {
        switch cause {
        case .notPermitted:
            "this user may not open the microphones: that takes the group audio\n"
                + "  sudo adduser $USER audio     and log in again"
        case .noSound(isContainer: true):
            "there is no sound in this container: \(folder) is missing\n"
                + "  docker run --device /dev/snd --group-add audio ...     "
                + "gives it the sound cards of the host"
        case .noSound(isContainer: false):
            "this system has no sound card: \(folder) is missing\n"
                + "  lsusb                        is the microphone plugged in and seen?\n"
                + "  sudo dmesg | grep -i -e usb -e snd     what does the kernel say of it?\n"
                + "In a virtual machine, pass the USB device of the microphone to it."
        case .noCapture:
            "none of the sound cards can capture: plug a microphone in\n"
                + "  cat /proc/asound/cards       which cards there are"
        case .unusable:
            "none of the devices can be used; why is said with each, above"
        }
    }
}
