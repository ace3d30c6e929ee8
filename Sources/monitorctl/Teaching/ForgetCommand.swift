internal import ArgumentParser
internal import Teaching

/// `monitorctl forget`: removes a taught sound and its clips.
struct ForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Remove a taught sound and what is kept of its clips and events.",
        discussion: """
            Its events stay in the database. A running monitord looks for it until a restart.

            Example:
              monitorctl forget doorbell
            """)

    @Argument(help: "What the sound is called.")
    var label: String

    @OptionGroup var taught: TaughtOption

    func run() throws {
        try taught.folder.forget(label)
    }
}
