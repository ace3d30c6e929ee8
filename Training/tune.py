"""Calibrates a trained network and chooses how each label's scores become events.

Soundscapes of reserved recordings (soundscapes.py, another seed than that of the evaluation) are
heard once. For each label

- scale and shift of its logit are fitted, so that of the steps with score 0.7 about 70 % hold it
  (Platt 1999; pulled towards 1 and 0 where there is little to fit);
- thresholds, smoothing, shortest event and merge gap are those of the best F1 (mean of that of
  intersections and that of onsets) at a price for each false alarm on label-free soundscapes.
  There are two prices, for safety labels and for the others: the lowest with which the safety
  labels, and all together, stay below the stated rates.

False alarms are not counted where they are few, but expected: a threshold that was chosen because
it gave none here would give some elsewhere. Above the logit that a handful of alarms exceed, their
number is taken to fall exponentially, with the mean excess of that handful (Coles, An Introduction
to Statistical Modeling of Extreme Values, 2001, 4.2, shape 0).

    python3 tune.py --run runs/final          # writes runs/final/tuning.json
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize

import corpus
import data
import features
import soundscapes
from network import DELAY_STEPS, restored
from tracker import in_steps, njit, smooth, track

HERE = Path(__file__).resolve().parent
STEPS = int(soundscapes.SECONDS / corpus.STEP_SECONDS)
SEED = 5
SMOOTHING_SECONDS = (0.0, 0.12, 0.3, 0.8)
OFF_RATIOS = (0.35, 0.6, 0.85)
MINIMUM_SECONDS = (0.08, 0.2, 0.4, 0.8, 1.6)
MERGE_SECONDS = (0.16, 0.4)
LEAST_ON = 0.3
LOGITS = np.linspace(-3.0, 6.0, 37)           # of the thresholds
TAIL = 10                      # alarms from which their expected number follows
LEAST_EXCESS = 0.15            # of the logit, in the mean over that handful
LEAST_SAFETY_ON = 0.5         # what alarms has to be likelier than not
ONSET_STEPS = 0.25 / corpus.STEP_SECONDS      # of the collar
SHARE = 0.5                    # of an event and of a report that have to meet
EQUAL = 0.01                   # of the F1: nothing, with so few recordings
PRICES = np.geomspace(1e-4, 10, 120)


def heard(job, directory):
    """(mel power [frames, bands], true events) of a planned soundscape."""
    samples, events = soundscapes.render(directory, job)
    return features.mel_power(samples, soundscapes.RATE), events


@torch.no_grad()
def soundscape_logits(network, plans, directory):
    """([soundscapes, steps, labels] logits, moved back by the network's delay; true events)."""
    logits, truth = [], []
    with ProcessPoolExecutor() as pool:
        for power, events in pool.map(partial(heard, directory=directory), plans, chunksize=4):
            frames = (STEPS + DELAY_STEPS) * corpus.STEP_FRAMES
            logmel = features.log_mel(np.pad(power, ((0, frames - len(power)), (0, 0))))
            taken = data.FRONT_ENDS[network.settings["front_end"]](logmel, None)
            logits.append(network(torch.from_numpy(taken)[None])[0, DELAY_STEPS:].numpy())
            truth.append(events)
    return np.stack(logits), truth


def step_truth(truth, names):
    """Share of each step in which each label sounds, [soundscapes, steps, labels]."""
    edges = np.arange(STEPS + 1) * corpus.STEP_SECONDS
    result = np.zeros((len(truth), STEPS, len(names)), np.float32)
    for rows, events in zip(result, truth):
        for onset, offset, label in events:
            share = np.minimum(edges[1:], offset) - np.maximum(edges[:-1], onset)
            rows[:, names.index(label)] += np.clip(share, 0, None) / corpus.STEP_SECONDS
    return np.minimum(result, 1.0)


def platt(logit, truth, strength=30.0):
    """(scale, shift) with which the sigmoid of `logit` [steps] predicts `truth` [steps]."""
    logit, truth = logit.astype(np.float64), truth.astype(np.float64)

    def cost(values):
        scale, shift = values
        z = scale * logit + shift
        error = 1.0 / (1.0 + np.exp(-z)) - truth
        penalty = strength * ((scale - 1.0) ** 2 + 0.1 * shift ** 2)
        return (np.sum(np.logaddexp(0.0, z) - truth * z) + penalty,
                np.array([np.sum(error * logit) + 2 * strength * (scale - 1.0),
                          np.sum(error) + 0.2 * strength * shift]))

    return minimize(cost, [1.0, 0.0], jac=True, method="L-BFGS-B",
                    bounds=[(0.2, 3.0), (-8.0, 8.0)]).x


@njit(cache=True)
def judged(scores, peaks, bounds, onsets, offsets, on, off, shortest, merge):
    """Counts over the files: (found, false by intersection, found, false by onset, true events,
    events). scores [files, steps], peaks [files]; the true events of file f are
    onsets[bounds[f]:bounds[f + 1]], in steps."""
    first, last = np.empty(scores.shape[1]), np.empty(scores.shape[1])
    met, missed, near, far, total = 0, 0, 0, 0, 0
    for file in range(len(scores)):
        if peaks[file] < on:
            continue
        count = track(scores[file], on, off, shortest, merge, first, last)
        total += count
        covered = np.zeros(bounds[file + 1] - bounds[file])
        taken = np.zeros(bounds[file + 1] - bounds[file])
        for event in range(count):
            inside = 0.0
            for k in range(len(covered)):
                inside += max(0.0, min(last[event], offsets[bounds[file] + k])
                              - max(first[event], onsets[bounds[file] + k]))
            valid = inside >= SHARE * (last[event] - first[event])
            missed += not valid
            matched = False
            for k in range(len(covered)):
                onset, offset = onsets[bounds[file] + k], offsets[bounds[file] + k]
                if valid:
                    covered[k] += max(0.0, min(last[event], offset) - max(first[event], onset))
                if not matched and taken[k] == 0 and abs(first[event] - onset) <= ONSET_STEPS:
                    taken[k], matched = 1, True
            near += matched
            far += not matched
        for k in range(len(covered)):
            met += covered[k] >= SHARE * (offsets[bounds[file] + k] - onsets[bounds[file] + k])
    return met, missed, near, far, total


def flat_truth(truth, name):
    """(bounds [files + 1], onsets, offsets in steps) of the true events of one label."""
    own = [[(on, off) for on, off, label in events if label == name] for events in truth]
    bounds = np.cumsum([0] + [len(events) for events in own])
    times = np.array(sum(own, [])).reshape(-1, 2) / corpus.STEP_SECONDS
    return bounds, times[:, 0].copy(), times[:, 1].copy()


def expected(alarms):
    """How many alarms are to be expected at each of `LOGITS` where so many were counted, [logits].
    """
    many = np.flatnonzero(alarms >= TAIL)
    last = many[-1] if len(many) else 0
    handful = max(1, alarms[last])
    excess = max(LEAST_EXCESS, np.trapezoid(alarms[last:], LOGITS[last:]) / handful)
    tail = handful * np.exp(-(LOGITS - LOGITS[last]) / excess)
    return np.where(np.arange(len(LOGITS)) <= last, np.maximum(alarms, tail), tail)


def candidates(scores, quiet, known, least_on):
    """Every way to track one label with its outcome: a list of dictionaries.

    scores [files, steps], quiet [label-free files, steps], known as `flat_truth` gives it;
    `least_on` is the lowest threshold.
    """
    none = (np.zeros(len(quiet) + 1, np.int64), np.zeros(0), np.zeros(0))
    count, rows = len(known[1]), []
    grid = 1.0 / (1.0 + np.exp(-LOGITS))
    for smoothing in SMOOTHING_SECONDS:
        keep, _, _ = in_steps(smoothing, 0.0, 0.0, corpus.STEP_SECONDS)
        mine, other = smooth(scores, keep), smooth(quiet, keep)
        peaks, other_peaks = mine.max(axis=1), other.max(axis=1)
        for ratio, shortest, merge in product(OFF_RATIOS, MINIMUM_SECONDS, MERGE_SECONDS):
            _, *times = in_steps(smoothing, shortest, merge, corpus.STEP_SECONDS)
            alarms = np.array([judged(other, other_peaks, *none, on, ratio * on, *times)[4]
                               for on in grid])
            for on, heard_here, likely in zip(grid, alarms, expected(alarms)):
                if on < least_on:
                    continue
                met, missed, near, far, _ = judged(mine, peaks, *known, on, ratio * on, *times)
                rows.append({"on": on, "off": ratio * on, "smoothing": smoothing,
                             "minimum_duration": shortest, "merge_gap": merge,
                             "heard": heard_here, "alarms": likely, "events": count,
                             "intersection": 2 * met / max(1, met + missed + count),
                             "collar": 2 * near / max(1, near + far + count),
                             "recall": met / max(1, count)})
    return rows


def cheapest(rows, price):
    """The candidate of the highest mean F1 less the price of its false alarms. Of those that are as
    good, to what can be told, the one with the widest hysteresis, which cuts sounds up least; of
    equals the one that is the hardest to start."""
    values = np.array([0.5 * (r["intersection"] + r["collar"]) - price * r["alarms"]
                       for r in rows])
    good = np.flatnonzero(values >= values.max() - EQUAL)
    return max((rows[k] for k in good), key=lambda r: (-r["off"] / r["on"], r["on"]))


def chosen(rows, alarms):
    """For each label of `rows` its candidate, at the lowest price with which at most `alarms` false
    alarms are to be expected in all."""
    for price in PRICES:
        picked = {name: cheapest(candidates, price) for name, candidates in rows.items()}
        count = sum(p["alarms"] for p in picked.values())
        if count <= alarms:
            return picked
    raise SystemExit(f"no thresholds with at most {alarms:.1f} false alarms of "
                     f"{', '.join(rows)}; the fewest are {count:.1f}")


def label_candidates(job):
    """`candidates`, for a pool of processes."""
    return candidates(*job)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--run", default=str(HERE / "runs" / "final"))
    parser.add_argument("--soundscapes", type=int, default=400)
    parser.add_argument("--label-free", type=int, default=1800)
    parser.add_argument("--rate", type=float, default=0.75, help="false alarms an hour, all labels")
    parser.add_argument("--safety-rate", type=float, default=0.07,
                        help="false alarms an hour of the labels marked safety")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint = torch.load(Path(arguments.run) / "last.pt", weights_only=True)
    network, names = restored(checkpoint), checkpoint["labels"]
    planned = soundscapes.plans(soundscapes.reserved_sources(arguments.data),
                                arguments.soundscapes, arguments.label_free, 0, SEED)
    logits, truth = soundscape_logits(network, planned, arguments.data)
    count = arguments.soundscapes
    steps = step_truth(truth[:count], names)
    scale, shift = np.array([platt(logits[:count, :, k].ravel(), steps[..., k].ravel())
                             for k in range(len(names))]).T
    scores = 1.0 / (1.0 + np.exp(-(scale * logits + shift)))
    safety = corpus.safety_labels(arguments.data)
    jobs = [(scores[:count, :, k].astype(np.float64), scores[count:, :, k].astype(np.float64),
             flat_truth(truth[:count], name), LEAST_SAFETY_ON if name in safety else LEAST_ON)
            for k, name in enumerate(names)]
    with ProcessPoolExecutor() as pool:
        rows = dict(zip(names, pool.map(label_candidates, jobs)))
    hours = arguments.label_free * soundscapes.SECONDS / 3600
    picked = chosen({n: r for n, r in rows.items() if n in safety}, hours * arguments.safety_rate)
    urgent = sum(p["alarms"] for p in picked.values())
    picked |= chosen({n: r for n, r in rows.items() if n not in safety},
                     hours * arguments.rate - urgent)
    result = {"labels": {}}
    print("| label | scale | shift | on | off | smoothing | shortest | merge | events | recall | "
          "intersection F1 | onset F1 | false alarms expected | heard |")
    print("| --- |" + " ---: |" * 13)
    for k, name in enumerate(names):
        p = picked[name]
        result["labels"][name] = {
            "scale": float(scale[k]), "shift": float(shift[k]), "on": round(float(p["on"]), 3),
            "off": round(float(p["off"]), 3), "smoothing": p["smoothing"],
            "minimum_duration": p["minimum_duration"], "merge_gap": p["merge_gap"]}
        print(f"| {name} | {scale[k]:.2f} | {shift[k]:.2f} | {p['on']:.3f} | {p['off']:.3f} | "
              f"{p['smoothing']} | {p['minimum_duration']} | {p['merge_gap']} | {p['events']} | "
              f"{p['recall']:.2f} | {p['intersection']:.2f} | {p['collar']:.2f} | "
              f"{p['alarms']:.1f} | {p['heard']} |")
    mean = {key: np.mean([p[key] for p in picked.values()]) for key in ("intersection", "collar")}
    print(f"macro intersection F1 {mean['intersection']:.3f}, onset F1 {mean['collar']:.3f}; "
          f"{sum(p['alarms'] for p in picked.values()):.1f} false alarms expected and "
          f"{sum(p['heard'] for p in picked.values())} heard in {hours:.1f} h")
    free = {name: max(rows[name], key=lambda r: r["intersection"])["intersection"]
            for name in names}
    print(f"without a price on false alarms: intersection F1 {np.mean(list(free.values())):.3f}")
    Path(arguments.run, "tuning.json").write_text(json.dumps(result, indent=1) + "\n",
                                                  encoding="utf-8")


if __name__ == "__main__":
    main()
