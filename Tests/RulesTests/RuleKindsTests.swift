import Testing

@testable import Rules

@Suite struct RuleKindsTests {
    /// An event is shown to the rules of its label, in their order, and to those of any label.
    @Test func eventsReachTheRulesOfTheirLabel() {
        let kinds = RuleKinds([
            rule(EventCondition(labels: ["siren", "dog_bark"])), rule(EventCondition()),
            rule(EventCondition(labels: ["siren"])),
            // A group that no model resolves.
            rule(EventCondition(groups: ["animals"])),
            boxRule(.diskBelow(share: 0.1)), boxRule(.clipping(seconds: 3)),
        ])
        #expect(kinds.events(of: "siren") == [0, 1, 2])
        #expect(kinds.events(of: "dog_bark") == [0, 1])
        #expect(kinds.events(of: "frog") == [1])
        #expect(kinds.disks == [4])
        #expect(kinds.boxes == [5])
    }

    @Test func inhibitedRulesAreKnown() {
        let kinds = RuleKinds([rule(name: "a"), rule(name: "b", unless: ["a"])])
        #expect(kinds.inhibited == [1])
    }
}
