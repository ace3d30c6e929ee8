"""Calibrates a trained network and chooses how each label's scores become events.

Nothing here has been trained on: soundscapes (soundscapes.py) of the reserved recordings but those
of the origins that judge, and the same recordings as they come. For each label

- scale and shift of its logit are fitted on the soundscapes, so that of the steps with score 0.7
  about 70 % hold it (Platt 1999; pulled towards 1 and 0 where there is little to fit);
- median filter, shortest event, merge gap, hysteresis and threshold are those of the best F1 on the
  soundscapes (mean of that of intersections and that of onsets) at a price for each false alarm on
  natural sound, with at most as many of them as the sensitivity is for. The price is the same for
  all labels, and the lowest with which they stay below that on the average. Filter and lengths are
  those of the highest sensitivity. A day is taken to have `SOUNDS_A_DAY`, as a false alarm takes a
  sound that is not what it is taken for;
- the threshold that announces is the lowest that adds no more than `ANNOUNCED` to the false alarms.

Natural sound is the recordings as they come, those of the label left out, and those in which the
teacher hears it. False alarms are not counted where they are few, but expected: a threshold that
was chosen because it gave none here would give some elsewhere. Above the logit that a handful of
alarms exceed, their number is taken to fall exponentially, with the mean excess of that handful
(Coles, An Introduction to Statistical Modeling of Extreme Values, 2001, 4.2, shape 0). The interval
of their rate is that of a Poisson count (Garwood 1936).

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
from scipy.stats import chi2

import corpus
import data
import evaluate
import features
import soundscapes
from network import DELAY_STEPS, restored
from tracker import (
    announce_window,
    announcements,
    half_window,
    in_steps,
    medians,
    njit,
    smooth,
    track,
)

HERE = Path(__file__).resolve().parent
STEPS = int(soundscapes.SECONDS / corpus.STEP_SECONDS)
SEED = 5
SMOOTHING_SECONDS = (0.52, 0.76, 1.24)     # shorter ones rank steps worse, whatever the label
OFF_RATIOS = (0.35, 0.6, 0.85)
MINIMUM_SECONDS = (0.08, 0.2, 0.4, 0.8)
MERGE_SECONDS = (0.16, 0.4, 0.8)
ANNOUNCE_SECONDS = (0.04, 0.12, 0.28, 0.6)
SENSITIVITIES = {"low": 0.1, "normal": 1.0, "high": 10.0}     # false alarms a day, with
SOUNDS_A_DAY = 1000
URGENT = {"siren", "car_horn", "alarm", "glass_break", "gunshot", "crying_baby"}    # high
ANNOUNCED = 0.5                # more false alarms, by announcing early
LEAST_ON = 0.2
LOGITS = np.linspace(-3.0, 8.0, 89)           # of the thresholds
TAIL = 10                      # alarms from which their expected number follows
LEAST_EXCESS = 0.15            # of the logit, in the mean over that handful
TEACHER_HEARS = 0.2            # its probability of a label that makes a clip no lesson against it
CLIPS_OF_A_RECORDING = 3
ONSET_STEPS = 0.25 / corpus.STEP_SECONDS      # of the collar
SHARE = 0.5                    # of an event and of a report that have to meet
EQUAL = 0.01                   # of the F1: nothing, with so few recordings
PRICES = np.geomspace(1e-5, 10, 150)
LENGTHS = ("ratio", "smoothing", "minimum_duration", "merge_gap")
FIELDS = ("on", *LENGTHS, "heard", "alarms", "recall", "intersection", "collar")


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


def natural_clips(clips):
    """Those of the reserved `clips` that are tuned on, a few of each recording."""
    taken, result = {}, []
    for clip in clips:
        if not clip.validation or clip.dataset in corpus.JUDGING_ORIGINS | {"synthetic"}:
            continue
        taken[clip.source] = taken.get(clip.source, 0) + 1
        if taken[clip.source] <= CLIPS_OF_A_RECORDING:
            result.append(clip)
    return result


def clip_logits(network, clips):
    """Logits of each clip, [clips, steps, labels]; -20 behind its end."""
    scores = evaluate.step_scores(network, [c.power for c in clips])
    result = np.full((len(clips), max(map(len, scores)), scores[0].shape[1]), -20.0, np.float32)
    for row, own in zip(result, scores):
        own = np.clip(own.astype(np.float64), 1e-9, 1 - 1e-7)
        row[:len(own)] = np.log(own / (1 - own))
    return result


def without(clips, label):
    """Which of the clips do not hold the label, bool [clips]."""
    return np.array([c.label != label and not np.nanmax(np.nan_to_num(c.others[:, label]))
                     > TEACHER_HEARS for c in clips])


def sounds_of(data, clips):
    """How many sounds each clip has: its regions in active.csv, int [clips]."""
    spans = corpus.group_spans(corpus.table(Path(data) / "active.csv"))
    return np.array([len(spans.get(c.path, ())) for c in clips])


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
    """Counts over the files: (found, false by intersection, found, false by onset, events).
    scores [files, steps], peaks [files]; the true events of file f are
    onsets[bounds[f]:bounds[f + 1]], in steps."""
    first, last, opened = np.empty(scores.shape[1]), np.empty(scores.shape[1]), \
        np.empty(scores.shape[1])
    met, missed, near, far, total = 0, 0, 0, 0, 0
    for file in range(len(scores)):
        if peaks[file] < on:
            continue
        count = track(scores[file], on, off, shortest, merge, first, last, opened)
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


@njit(cache=True)
def told(newest, smoothed, half, window, announce, on, off, shortest, merge):
    """How often the events of [files, steps] were told of, retracted ones included."""
    onset, when, settled = np.empty(newest.shape[1] + half), np.empty(newest.shape[1] + half), \
        np.empty(newest.shape[1] + half)
    total = 0
    for file in range(len(newest)):
        total += announcements(newest[file], smoothed[file], half, window, announce, on, off,
                               shortest, merge, onset, when, settled)
    return total


@njit(cache=True)
def delays(newest, smoothed, half, window, announce, on, off, shortest, merge, bounds, onsets,
           offsets):
    """Steps from the onset of each true event to the step that first told of an event whose onset
    lies before its end, and which was settled; -1 where none was. Without the network's delay."""
    onset, when, settled = np.empty(newest.shape[1] + half), np.empty(newest.shape[1] + half), \
        np.empty(newest.shape[1] + half)
    result = np.full(len(onsets), -1.0)
    for file in range(len(newest)):
        count = announcements(newest[file], smoothed[file], half, window, announce, on, off,
                              shortest, merge, onset, when, settled)
        for event in range(count):
            for k in range(bounds[file], bounds[file + 1]):
                if (result[k] < 0 and settled[event] >= 0 and when[event] + 1 > onsets[k]
                        and onset[event] < offsets[k]):
                    result[k] = when[event] + 1 - onsets[k]
                    break
    return result


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


def poisson_interval(count, times):
    """The rates between which the true one lies with 95 %, where `count` were heard in `times`."""
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return low / times, chi2.ppf(0.975, 2 * count + 2) / 2 / times


def cheapest(rows, price):
    """The candidate of the highest mean F1 less the price of its false alarms. Of those that are as
    good, to what can be told, the one with the widest hysteresis, which cuts sounds up least, then
    the longest filter, then the one that is the hardest to start."""
    values = 0.5 * (rows.intersection + rows.collar) - price * rows.alarms
    good = np.flatnonzero(values >= values.max() - EQUAL)
    return rows[max(good, key=lambda k: (-rows.ratio[k], rows.smoothing[k], rows.on[k]))]


def affordable(rows, alarms):
    """For each of the lists `rows` its candidate, at the lowest price with which at most `alarms`
    false alarms a day are to be expected of all."""
    for price in PRICES:
        chosen = [cheapest(candidates, price) for candidates in rows]
        if sum(c.alarms for c in chosen) <= alarms:
            return chosen
    raise SystemExit(f"no thresholds with at most {alarms:.1f} false alarms a day; the fewest are "
                     f"{sum(c.alarms for c in chosen):.1f}")


def points_of(rows):
    """For each label of the lists `rows` {sensitivity: candidate}, all with the same lengths."""
    rows = [c[c.alarms <= SENSITIVITIES["high"]] for c in rows]
    best = affordable(rows, SENSITIVITIES["high"] * len(rows))
    alike = [candidates[np.all([candidates[key] == chosen[key] for key in LENGTHS], axis=0)]
             for candidates, chosen in zip(rows, best)]
    chosen = {"high": best}
    for name in ("normal", "low"):
        # Never easier to start than where more false alarms are allowed.
        alike = [c[(c.on >= more.on) & (c.alarms <= max(SENSITIVITIES[name], c.alarms.min()))]
                 for c, more in zip(alike, best)]
        best = chosen[name] = affordable(alike, SENSITIVITIES[name] * len(rows))
    return [{name: chosen[name][k] for name in SENSITIVITIES} for k in range(len(rows))]


class LabelTuning:
    """One label: its scores in soundscapes [files, steps], and in natural sound without it, with as
    many sounds as come in `days`."""

    grid = 1.0 / (1.0 + np.exp(-LOGITS))

    def __init__(self, name, scores, known, natural, days):
        self.name, self.scores, self.known = name, scores, known
        self.natural, self.days = natural, days

    def candidates(self):
        """Every way to settle the label, at every threshold: a record array."""
        none = (np.zeros(len(self.natural) + 1, np.int64), np.zeros(0), np.zeros(0))
        count, rows = len(self.known[1]), []
        for smoothing in SMOOTHING_SECONDS:
            half = half_window(smoothing, corpus.STEP_SECONDS)
            mine, other = smooth(self.scores, half), smooth(self.natural, half)
            peaks, other_peaks = mine.max(axis=1), other.max(axis=1)
            for ratio, shortest, merge in product(OFF_RATIOS, MINIMUM_SECONDS, MERGE_SECONDS):
                times = in_steps(shortest, merge, corpus.STEP_SECONDS)
                alarms = np.array([judged(other, other_peaks, *none, on, ratio * on, *times)[4]
                                   for on in self.grid])
                likely = expected(alarms) / self.days
                for k, on in enumerate(self.grid):
                    if on < LEAST_ON:
                        continue
                    met, missed, near, far, _ = judged(mine, peaks, *self.known, on, ratio * on,
                                                       *times)
                    rows.append((on, ratio, smoothing, shortest, merge, alarms[k], likely[k],
                                 met / max(1, count), 2 * met / max(1, met + missed + count),
                                 2 * near / max(1, near + far + count)))
        return np.rec.fromrecords(rows, names=FIELDS)

    def announcing(self, points):
        """(window in seconds, {sensitivity: (threshold, false alarms a day, how many were heard,
        seconds from the onset of each sound to its announcement)}): the window that tells soonest
        at the highest sensitivity."""
        best = points["high"]
        half = half_window(best.smoothing, corpus.STEP_SECONDS)
        mine, other = smooth(self.scores, half), smooth(self.natural, half)
        choices = {seconds: {name: self.announced(seconds, half, mine, other, point, allowed)
                             for (name, point), allowed in zip(points.items(),
                                                               SENSITIVITIES.values())}
                   for seconds in ANNOUNCE_SECONDS}

        def wait(seconds):
            waits = choices[seconds]["high"][3]
            return np.median(waits) if len(waits) else np.inf
        window = min(choices, key=wait)
        return window, choices[window]

    def announced(self, seconds, half, mine, other, point, allowed):
        """What comes of announcing with the newest scores of `seconds`."""
        window = announce_window(seconds, corpus.STEP_SECONDS)
        newest, quiet = (medians(a, window - 1, 0) for a in (self.scores, self.natural))
        settling = (point.on, point.on * point.ratio,
                    *in_steps(point.minimum_duration, point.merge_gap, corpus.STEP_SECONDS))
        counts = np.array([told(quiet, other, half, window, announce, *settling)
                           for announce in self.grid])
        likely = point.alarms + np.maximum(
            0.0, expected(np.maximum(0, counts - point.heard)) / self.days)
        fits = np.flatnonzero((likely <= point.alarms + ANNOUNCED * max(point.alarms, allowed))
                              & (self.grid >= point.on))
        at = fits[0] if len(fits) else len(self.grid) - 1
        waits = delays(newest, mine, half, window, self.grid[at], *settling, *self.known)
        return (float(self.grid[at]), float(likely[at]), int(counts[at]),
                waits[waits >= 0] * corpus.STEP_SECONDS)

    def tuned(self, points):
        """What the model file says of the label."""
        window, early = self.announcing(points)
        curve = {}
        for name, point in points.items():
            announce, alarms, count, waits = early[name]
            low, high = poisson_interval(count, self.days)
            curve[name] = {
                "on": round(float(point.on), 3), "off": round(float(point.on * point.ratio), 3),
                "announce": round(announce, 3), "recall": round(float(point.recall), 3),
                "false_alarms": round(alarms, 3),
                "false_alarms_95": [round(low, 2), round(high, 2)]}
            if len(waits):
                wait = np.median(waits) + DELAY_STEPS * corpus.STEP_SECONDS
                curve[name]["delay"] = round(float(wait), 2)
        sensitivity = "high" if self.name in URGENT else "normal"
        lengths = {key: float(points["high"][key]) for key in LENGTHS if key != "ratio"}
        return {**{key: curve[sensitivity][key] for key in ("on", "off", "announce")},
                "announce_window": window, **lengths, "sensitivity": sensitivity, "curve": curve}


def candidates_of(job):
    """`LabelTuning.candidates`, for a pool of processes."""
    return LabelTuning(*job).candidates()


def tuned_of(job, points):
    """`LabelTuning.tuned`, for a pool of processes."""
    return LabelTuning(*job).tuned(points)


def row_of(name, tuned, points, count, recordings, hours, sounds):
    """A row of the table of labels, Markdown."""
    cells = [name, f"{tuned['smoothing']}", f"{tuned['minimum_duration']}", f"{tuned['merge_gap']}",
             f"{count}", f"{recordings}", f"{hours:.2f}", f"{sounds}"]
    for key, point in points.items():
        curve = tuned["curve"][key]
        cells += [f"{curve['on']:.2f}", f"{point.recall:.2f}", f"{point.intersection:.2f}",
                  f"{curve['false_alarms']:.2g}"]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--run", default=str(HERE / "runs" / "final"))
    parser.add_argument("--soundscapes", type=int, default=400)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint = torch.load(Path(arguments.run) / "last.pt", weights_only=True)
    network, names = restored(checkpoint), checkpoint["labels"]
    planned = soundscapes.plans(soundscapes.reserved_sources(arguments.data, judging=False),
                                arguments.soundscapes, 0, 0, SEED)
    logits, truth = soundscape_logits(network, planned, arguments.data)
    clips = natural_clips(corpus.load_clips(arguments.data, arguments.cache))
    natural = clip_logits(network, clips)
    steps = step_truth(truth, names)
    scale, shift = np.array([platt(logits[..., k].ravel(), steps[..., k].ravel())
                             for k in range(len(names))]).T
    scores, quiet = (1.0 / (1.0 + np.exp(-(scale * a + shift))) for a in (logits, natural))
    sounds = sounds_of(arguments.data, clips)
    jobs, heard_of = [], []
    for k, name in enumerate(names):
        chosen = without(clips, k)
        seconds = sum(len(c.columns) for c, kept in zip(clips, chosen) if kept) \
            * features.HOP_SECONDS
        heard_of.append((len({c.source for c, kept in zip(clips, chosen) if kept}),
                         seconds / 3600, sounds[chosen].sum()))
        jobs.append((name, scores[..., k].astype(np.float64), flat_truth(truth, name),
                     quiet[chosen, :, k].astype(np.float64),
                     sounds[chosen].sum() / SOUNDS_A_DAY))
    with ProcessPoolExecutor() as pool:
        points = points_of(list(pool.map(candidates_of, jobs)))
        tuned = list(pool.map(tuned_of, jobs, points))
    print("| label | filter | shortest | merge | events | recordings | hours | sounds |"
          + "".join(f" {name}: on | recall | F1 | false a day |" for name in SENSITIVITIES))
    print("| --- |" + " ---: |" * (7 + 4 * len(SENSITIVITIES)))
    result = {"labels": {}}
    for k, name in enumerate(names):
        result["labels"][name] = {"scale": float(scale[k]), "shift": float(shift[k]), **tuned[k]}
        print(row_of(name, tuned[k], points[k], len(jobs[k][2][1]), *heard_of[k]))
    chosen = [own[label["sensitivity"]] for own, label in zip(points, tuned)]
    print(f"at the shipped sensitivities: intersection F1 "
          f"{np.mean([p.intersection for p in chosen]):.3f}, onset F1 "
          f"{np.mean([p.collar for p in chosen]):.3f}, recall "
          f"{np.mean([p.recall for p in chosen]):.3f}; "
          f"{sum(p.alarms for p in chosen):.1f} false alarms a day expected in all")
    Path(arguments.run, "tuning.json").write_text(json.dumps(result, indent=1) + "\n",
                                                  encoding="utf-8")


if __name__ == "__main__":
    main()
