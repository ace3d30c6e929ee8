/// What `--version` prints. `debian/changelog` and `CHANGELOG.md` say the same (VersionTests).
package let programVersion = "0.1.0"
