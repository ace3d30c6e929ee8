/// The digital filters of the frequency weightings A and C for one sample rate.
///
/// The analytic responses of IEC 61672-1:2013, Annex E, are met within 0.001 dB from 10 Hz to 0.47
/// of the sample rate, 0 dB at 1 kHz; `docs/levels.md` lists the errors. (A bilinear transform is
/// off by 15 dB at 20 kHz and 48 kHz.)
struct WeightingDesign: Sendable {
    /// Three sections.
    let c: [Biquad]
    /// Two more, which turn C into A: A has the same poles and zeros, plus two more of each.
    let aAfterC: [Biquad]
}
