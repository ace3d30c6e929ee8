"""Writes what the Swift tests of the tracker compare with: random tracks of scores, and the events
that the tracker of the tuning finds in them. The program has to find the same, or the thresholds
and lengths of the model file were chosen for another tracker.

    python3 tracker_goldens.py
"""

import json
from pathlib import Path

import numpy as np

import tracker

FIXTURE = (Path(__file__).resolve().parent.parent / "Tests" / "TrackingTests" / "Fixtures"
           / "tracks.json")
STEP_SECONDS = 0.04
SEED = 11
TRACKS, STEPS = 60, 400
# Scores and thresholds are multiples of 1 / UNITS: a threshold is met exactly.
UNITS = 1024
SMOOTHING_SECONDS = (0.0, 0.12, 0.28, 0.75, 1.5)
ANNOUNCE_SECONDS = (0.04, 0.12, 0.28, 0.5)
MINIMUM_SECONDS = (0.0, 0.08, 0.15, 0.2, 0.4, 1.6)
MERGE_SECONDS = (0.0, 0.1, 0.16, 0.4)


def random_scores(generator):
    """Scores that stay high or low for a while, with noise around, [steps] in units."""
    level, scores = 0, []
    for _ in range(STEPS):
        if generator.integers(8) == 0:
            level = int(generator.integers(UNITS + 1))
        noise = int(generator.integers(-UNITS // 8, UNITS // 8 + 1))
        scores.append(min(max(level + noise, 0), UNITS))
    return scores


def random_parameters(generator):
    def one_of(values):
        return values[int(generator.integers(len(values)))]

    on = int(generator.integers(UNITS // 4, UNITS * 3 // 4))
    return {"on": on / UNITS, "off": int(generator.integers(on // 3, on + 1)) / UNITS,
            "announce": int(generator.integers(on * 3 // 4, UNITS)) / UNITS,
            "announce_window": one_of(ANNOUNCE_SECONDS), "smoothing": one_of(SMOOTHING_SECONDS),
            "minimum_duration": one_of(MINIMUM_SECONDS), "merge_gap": one_of(MERGE_SECONDS)}


def events(scores, parameters):
    """([[first step, one past the last], ...], [[onset, step of the announcement, whether it was
    settled], ...])."""
    half = tracker.half_window(parameters["smoothing"], STEP_SECONDS)
    window = tracker.announce_window(parameters["announce_window"], STEP_SECONDS)
    shortest, merge = tracker.in_steps(parameters["minimum_duration"], parameters["merge_gap"],
                                       STEP_SECONDS)
    on, off = parameters["on"], parameters["off"]
    values = np.array([scores]) / UNITS
    smoothed, newest = tracker.smooth(values, half)[0], tracker.medians(values, window - 1, 0)[0]
    first, last, step = (np.empty(len(scores)) for _ in range(3))
    count = tracker.track(smoothed, on, off, shortest, merge, first, last, step)
    found = [[int(a), int(b)] for a, b in zip(first[:count], last[:count])]
    onset, told, settled = (np.empty(len(scores)) for _ in range(3))
    count = tracker.announcements(newest, smoothed, half, window, parameters["announce"], on, off,
                                  shortest, merge, onset, told, settled)
    # What is settled after the last step is told of with it.
    return found, [[int(a), min(int(b), len(scores) - 1), int(c >= 0)]
                   for a, b, c in zip(onset[:count], told[:count], settled[:count])]


def tracks():
    generator, made = np.random.default_rng(SEED), []
    for _ in range(TRACKS):
        parameters, scores = random_parameters(generator), random_scores(generator)
        found, told = events(scores, parameters)
        made.append({**parameters, "scores": scores, "events": found, "beginnings": told})
    return {"step_seconds": STEP_SECONDS, "units": UNITS, "tracks": made}


def main():
    made = tracks()
    lines = ",\n".join(json.dumps(track, separators=(",", ":")) for track in made["tracks"])
    FIXTURE.parent.mkdir(exist_ok=True)
    head = f'"step_seconds":{STEP_SECONDS},"units":{UNITS}'
    FIXTURE.write_text(f'{{{head},"tracks":[\n{lines}\n]}}\n')
    told = sum((track["beginnings"] for track in made["tracks"]), [])
    print(sum(len(track["events"]) for track in made["tracks"]), "events in", TRACKS, "tracks;",
          sum(not settled for *_, settled in told), "of", len(told), "were retracted")


if __name__ == "__main__":
    main()
