internal import Glibc
internal import HostSystem
internal import monitorctl
internal import monitord

/// One program file with two names: it acts as the program it was called as. Most of the file is
/// libraries that both programs need, so they are on the disk only once.
@main
enum Earwitness {
    static func main() async {
        let path = CommandLine.arguments.first ?? ""
        switch path.split(separator: "/").last {
        case "monitord":
            Allocator.useOneArena()
            await runMonitord()
        case "monitorctl": runMonitorctl()
        default: refuse(path)
        }
    }

    private static func refuse(_ path: String) -> Never {
        StandardStream.error.offer(
            "earwitness: error: this program is called by one of its names, monitord or "
                + "monitorctl, not as '\(path)'\n")
        exit(ExitStatus.usage.rawValue)
    }
}
