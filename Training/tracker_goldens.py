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
# Scores and thresholds are multiples of 1 / UNITS: without smoothing a threshold is met exactly.
UNITS = 1024
# The program smooths in Float32. No smoothed score is so near to a threshold that this matters.
MARGIN = 1e-5
SMOOTHING_SECONDS = (0.0, 0.05, 0.12, 0.3, 0.8)
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
            "smoothing": one_of(SMOOTHING_SECONDS), "minimum_duration": one_of(MINIMUM_SECONDS),
            "merge_gap": one_of(MERGE_SECONDS)}


def events(scores, parameters):
    """([[first step, one past the last], ...], the least distance of a smoothed score from a
    threshold)."""
    keep, shortest, merge = tracker.in_steps(
        parameters["smoothing"], parameters["minimum_duration"], parameters["merge_gap"],
        STEP_SECONDS)
    on, off = parameters["on"], parameters["off"]
    smoothed = tracker.smooth(np.array([scores]) / UNITS, keep)[0]
    first, last = np.empty(len(scores)), np.empty(len(scores))
    count = tracker.track(smoothed, on, off, shortest, merge, first, last)
    distance = min(np.abs(smoothed - threshold).min() for threshold in (on, off))
    return [[int(a), int(b)] for a, b in zip(first[:count], last[:count])], distance


def tracks():
    generator, made = np.random.default_rng(SEED), []
    while len(made) < TRACKS:
        parameters, scores = random_parameters(generator), random_scores(generator)
        found, distance = events(scores, parameters)
        if parameters["smoothing"] == 0 or distance >= MARGIN:
            made.append({**parameters, "scores": scores, "events": found})
    return {"step_seconds": STEP_SECONDS, "units": UNITS, "tracks": made}


def main():
    made = tracks()
    lines = ",\n".join(json.dumps(track, separators=(",", ":")) for track in made["tracks"])
    FIXTURE.parent.mkdir(exist_ok=True)
    head = f'"step_seconds":{STEP_SECONDS},"units":{UNITS}'
    FIXTURE.write_text(f'{{{head},"tracks":[\n{lines}\n]}}\n')
    print(sum(len(track["events"]) for track in made["tracks"]), "events in", TRACKS, "tracks")


if __name__ == "__main__":
    main()
