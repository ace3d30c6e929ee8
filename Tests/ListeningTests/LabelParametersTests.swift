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

    @Test func theOwnerChoosesTheSensitivity() throws {
        var model = try model()
        func point(_ on: Float, _ announce: Float?) -> OperatingPoint {
            OperatingPoint(
                on: on, off: on / 2, announce: announce, recall: 0.5, falseAlarmsPerDay: 1,
                falseAlarmInterval: [0, 3])
        }
        model.tracking[0].sensitivity = .high
        model.tracking[0].curve = ["high": point(0.4, 0.6), "low": point(0.9, nil)]
        #expect(model.labelParameters()[0].onThreshold == 0.4)
        #expect(model.labelParameters()[0].announceThreshold == 0.6)
        #expect(model.labelParameters()[0].smoothingSeconds == 0.04)
        var owner = TrackingParameters(common: LabelOverrides(sensitivity: .low))
        #expect(model.labelParameters(owner)[0].onThreshold == 0.9)
        #expect(model.labelParameters(owner)[0].announceThreshold == nil)
        owner.labels[model.labels[0]] = LabelOverrides(sensitivity: .high)
        #expect(model.labelParameters(owner)[0].onThreshold == 0.4)
        // A number overrules it, and nothing is announced below that.
        owner.labels[model.labels[0]] = LabelOverrides(sensitivity: .high, onThreshold: 0.8)
        #expect(model.labelParameters(owner)[0].onThreshold == 0.8)
        #expect(model.labelParameters(owner)[0].announceThreshold == 0.8)
        #expect(owner.overrulesModel(for: model.labels[0]))
        #expect(!owner.overrulesModel(for: model.labels[1]))
    }

    /// The first label has its own lengths, the second has none.
    private func model() throws -> Model {
        var model = try Model.builtIn()
        for index in 0...1 { model.tracking[index] = Model.LabelTracking(on: 0.5, off: 0.5) }
        model.tracking[0].on = 0.8
        model.tracking[0].off = 0.6
        model.tracking[0].smoothingSeconds = 0.04
        model.tracking[0].minimumDurationSeconds = 0.08
        model.tracking[0].mergeGapSeconds = 1.5
        model.tracking[1].on = 0.7
        model.tracking[1].off = 0.4
        return model
    }
}
