import Listening
import SoundTypes
import Testing
import Tracking

@testable import ModelFormat

/// The owner takes precedence over the model, and the model over the defaults.
@Suite struct LabelParametersTests {
    @Test func withoutAnOwnerTheModelHolds() throws {
        let parameters = try model().labelParameters(TrackingParameters())
        #expect(
            parameters[0]
                == LabelParameters(
                    onThreshold: 0.8, offThreshold: 0.6, smoothingSeconds: 0.04,
                    minimumDurationSeconds: 0.08, mergeGapSeconds: 1.5))
        #expect(parameters[1] == LabelParameters(onThreshold: 0.7, offThreshold: 0.4))
    }

    @Test func theOwnerGoesBeforeTheModel() throws {
        let model = try model()
        let owner = TrackingParameters(
            common: LabelOverrides(smoothingSeconds: 0.3),
            labels: [model.labels[0]: LabelOverrides(onThreshold: 0.9, mergeGapSeconds: 2)])
        let parameters = model.labelParameters(owner)
        #expect(
            parameters[0]
                == LabelParameters(
                    onThreshold: 0.9, offThreshold: 0.6, smoothingSeconds: 0.3,
                    minimumDurationSeconds: 0.08, mergeGapSeconds: 2))
        #expect(parameters[1].smoothingSeconds == 0.3)
    }

    /// The first label has its own lengths, the second has none.
    private func model() throws -> Model {
        var model = try Model.builtIn()
        model.tracking[0].on = 0.8
        model.tracking[0].off = 0.6
        model.tracking[0].smoothingSeconds = 0.04
        model.tracking[0].minimumDurationSeconds = 0.08
        model.tracking[0].mergeGapSeconds = 1.5
        model.tracking[1].on = 0.7
        model.tracking[1].off = 0.4
        model.tracking[1].smoothingSeconds = nil
        model.tracking[1].minimumDurationSeconds = nil
        model.tracking[1].mergeGapSeconds = nil
        return model
    }
}
