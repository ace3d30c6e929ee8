/// The 6x13 font of the X Window System: every character is 6 pixels wide and 13 high, 11 of them
/// above the baseline. It covers ASCII; anything else is drawn as a question mark.
public enum FixedFont {
    public static let width = 6
    public static let height = 13

    /// The rows of a character, from the top down; the leftmost pixel is bit 5.
    static func rows(of character: Character) -> ArraySlice<UInt8> {
        let code = character.asciiValue.flatMap { (32...126).contains($0) ? $0 : nil } ?? 63
        let start = (Int(code) - 32) * height
        return glyphs[start..<(start + height)]
    }
}
