import SoundTypes
import Testing

/// `ModelFileTests` has the words for each of them.
@Suite struct FeatureParametersTests {
    @Test func theUsualOnesAreGood() {
        #expect(FeatureParameters().fault == nil)
        #expect(FeatureParameters(fftSeconds: 0.025).fault == nil)
        #expect(FeatureParameters(bands: 512).fault == nil)
        #expect(FeatureParameters(lowHertz: 0, highHertz: 96_000, floor: 1).fault == nil)
    }

    @Test(arguments: [
        FeatureParameters(windowSeconds: .nan), FeatureParameters(hopSeconds: 0),
        FeatureParameters(hopSeconds: 0.03), FeatureParameters(fftSeconds: 0.02),
        FeatureParameters(bands: 0), FeatureParameters(bands: .max), FeatureParameters(bands: .min),
        FeatureParameters(lowHertz: -1), FeatureParameters(lowHertz: 7_500),
        FeatureParameters(highHertz: .infinity), FeatureParameters(floor: 0),
        FeatureParameters(floor: 1e-300),
    ])
    func whatMakesNoSenseIsSaid(_ parameters: FeatureParameters) {
        #expect(parameters.fault?.contains("; accepted: ") == true, "\(parameters)")
    }
}
