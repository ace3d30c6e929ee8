import Listings
import SoundTypes
import Testing
import Tracking

@testable import ModelFormat

/// A model whose first label has a curve, and whose second has none.
@Suite struct LabelListingTests {
    private func model(recall: Double) throws -> Model {
        func point(_ on: Float, recall: Double, alarms: Double) -> OperatingPoint {
            OperatingPoint(
                on: on, off: 0.1, announce: 0.9, recall: recall, falseAlarmsPerDay: alarms,
                falseAlarmInterval: [0, 12.34], delaySeconds: 0.42)
        }
        var model = try Model.builtIn()
        model.labels = Array(model.labels.prefix(2))
        model.groups = ["warning", "warning"]
        model.tracking = Array(repeating: Model.LabelTracking(on: 0.5, off: 0.3), count: 2)
        model.tracking[0].sensitivity = .high
        model.tracking[0].curve = [
            "low": point(0.9, recall: 0.01, alarms: 0.052),
            "high": point(0.4, recall: recall, alarms: 3.96),
        ]
        return model
    }

    @Test func theTableHasWhatIsInForce() throws {
        let listing = LabelListing(model: try model(recall: 0.714), tracking: .init())
        #expect(
            listing.text == """
                LABEL     GROUP    SENSITIVITY  RECALL  FALSE/DAY  95 % WITHIN   DELAY
                siren     warning  high           71 %        4.0  0.00 to 12   0.42 s
                car_horn  warning  -                 -          -  -                 -

                """)
    }

    @Test func theOwnerDecides() throws {
        let model = try model(recall: 0.714)
        let low = LabelListing(
            model: model, tracking: TrackingParameters(common: .init(sensitivity: .low)))
        #expect(low.text.contains("siren     warning  low             1 %       0.05  0.00 to 12"))
        let own = LabelListing(
            model: model,
            tracking: TrackingParameters(labels: ["siren": LabelOverrides(onThreshold: 0.3)]))
        #expect(own.text.contains("siren     warning  own settings       -"))
        #expect(own.json.contains(#""label":"siren","group":"warning","sensitivity":null,"#))
    }

    @Test func aLabelOfLittleUseSaysSo() throws {
        let listing = LabelListing(model: try model(recall: 0.19), tracking: .init())
        #expect(listing.text.contains("  of little use: seldom found at any sensitivity\n"))
        #expect(
            listing.json.split(separator: "\n")[1] == """
                {"label":"siren","group":"warning","sensitivity":"high","recall":0.190,\
                "false_alarms_per_day":3.960,"false_alarms_95":[0.000,12.340],\
                "announce_delay_s":0.420,"of_little_use":true},
                """)
    }
}
