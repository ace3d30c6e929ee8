// Asks Foundation for what it takes from the data of ICU, in locales that tools/icu-data leaves
// out: they fall back to English, and nothing ends the program. `run` links it with those data.
import Foundation

let date = Date(timeIntervalSince1970: 1_700_000_000)
let locales = [
    "de_DE", "ja_JP", "ar_EG", "th_TH", "zh_Hant_TW", "fa_IR@calendar=persian", "xx", "C",
]
let zone = TimeZone(identifier: "Europe/Berlin")!
var characters = 0

func show(_ text: String?) {
    characters += text?.count ?? 0
}

func formatDates(_ locale: Locale) {
    for style in [DateFormatter.Style.none, .short, .medium, .long, .full] {
        let formatter = DateFormatter()
        formatter.locale = locale
        formatter.timeZone = zone
        (formatter.dateStyle, formatter.timeStyle) = (style, style)
        show(formatter.string(from: date))
        formatter.setLocalizedDateFormatFromTemplate("yMMMdjm")
        show(formatter.string(from: date))
    }
    for identifier in [
        Calendar.Identifier.gregorian, .buddhist, .chinese, .hebrew, .islamicCivil, .japanese,
        .persian, .iso8601,
    ] {
        var calendar = Calendar(identifier: identifier)
        (calendar.locale, calendar.timeZone) = (locale, zone)
        show(calendar.monthSymbols.joined())
        show("\(calendar.dateComponents([.era, .year, .month, .weekOfYear], from: date))")
        show("\(calendar.date(byAdding: .month, value: 1, to: date) ?? date)")
    }
    show(date.formatted(Date.FormatStyle(date: .complete, time: .complete, locale: locale)))
    show(zone.localizedName(for: .daylightSaving, locale: locale))
}

func formatNumbers(_ locale: Locale) {
    for style in [
        NumberFormatter.Style.none, .decimal, .currency, .percent, .scientific, .spellOut, .ordinal,
        .currencyISOCode, .currencyPlural, .currencyAccounting,
    ] {
        let formatter = NumberFormatter()
        (formatter.locale, formatter.numberStyle) = (locale, style)
        show(formatter.string(from: 12345.678))
        show(formatter.number(from: "12")?.stringValue)
    }
    show(3.formatted(.currency(code: "EUR").locale(locale)))
    show(123456.formatted(.byteCount(style: .file).locale(locale)))
    show(Duration.seconds(3700).formatted(.units(width: .wide).locale(locale)))
    show(["a", "b", "c"].formatted(.list(type: .and).locale(locale)))
    show(String(format: "%.2f %d", locale: locale, 1234.5, 12345))
}

func handleText(_ locale: Locale) {
    show("straße".uppercased(with: locale) + "hello world".capitalized(with: locale))
    show("\("a".compare("ä", options: .diacriticInsensitive, range: nil, locale: locale))")
    show(locale.localizedString(forIdentifier: "fr"))
    show(locale.decimalSeparator)
}

for locale in locales.map(Locale.init(identifier:)) + [Locale.current] {
    formatDates(locale)
    formatNumbers(locale)
    handleText(locale)
}
for encoding in [String.Encoding.shiftJIS, .windowsCP1251, .isoLatin2, .macOSRoman] {
    characters += "abc äж 漢".data(using: encoding, allowLossyConversion: true)?.count ?? 0
}
for pattern in ["\\p{Script=Han}+", "[[:alpha:]]", "\\X", "\\b\\w+\\b", "(?i)ß"] {
    let expression = try NSRegularExpression(pattern: pattern, options: .useUnicodeWordBoundaries)
    let text = "Hällo 漢字 ß สวัสดีครับ"
    characters += expression.numberOfMatches(in: text, range: NSRange(location: 0, length: 10))
}
show("Hällo".applyingTransform(.toLatin, reverse: false))
show(ISO8601DateFormatter().string(from: date))
show(date.formatted(.relative(presentation: .named)))
show("\("a".localizedStandardCompare("B"))\("a".localizedCaseInsensitiveCompare("A"))")
show(URL(string: "http://bücher.example/ä")?.absoluteString)
print("nothing in \(locales.count) other locales ends the program (\(characters) characters)")
