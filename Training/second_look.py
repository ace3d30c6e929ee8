"""Whether a second network that looks again at events would remove false ones.

Events are those of the first network with the settings of its tuning.json. Each gets a second
score: a quantile of what the second network gives its label from the onset to shortly after the
end. An event counts when that reaches a threshold, chosen for each label on the recordings tuned
on: the highest that keeps 97 % of their true events. The origins that judge tell how many false
events of natural sound are left, and how many true ones of soundscapes are lost. Both networks are
calibrated on the same soundscapes, and hear them from the beginning, which is the best that a look
at a few seconds could do.

    python3 second_look.py --run runs/final --second runs/wide
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import corpus
import soundscapes
import tune
from network import restored
from tracker import half_window, in_steps, smooth, track

SEED = 4
SOUNDSCAPES = 120
KEPT = 0.97
FEWEST = 5                  # true events from which a threshold is chosen
BEFORE, BEHIND = 3, 5       # steps around an event that count
QUANTILES = (0.5, 0.8, 1.0)


class Part:
    """Soundscapes and natural sound of one of the two parts, as both networks hear them."""

    def __init__(self, arguments, networks, clips, judging):
        planned = soundscapes.plans(soundscapes.reserved_sources(arguments.data, judging),
                                    SOUNDSCAPES if judging else 400, 0, 0,
                                    SEED if judging else tune.SEED)
        heard = [tune.soundscape_logits(n, planned, arguments.data) for n in networks]
        self.truth = heard[0][1]
        self.logits = [logits for logits, _ in heard]
        self.clips = [c for c in clips if c.validation and c.dataset in corpus.JUDGING_ORIGINS] \
            if judging else tune.natural_clips(clips)
        self.natural = [tune.clip_logits(n, self.clips) for n in networks]


def calibrations(part, names):
    """For each network (scale, shift) of each label, [labels]."""
    steps = tune.step_truth(part.truth, names)
    return [np.array([tune.platt(logits[..., k].ravel(), steps[..., k].ravel())
                      for k in range(len(names))]).T for logits in part.logits]


def scores(logits, calibration):
    """Calibrated scores of logits [..., labels]."""
    scale, shift = calibration
    return 1.0 / (1.0 + np.exp(-(scale * logits + shift)))


def events_of(rows, label, sensitivity):
    """The events [(file, first step, step behind the last)] of scores [files, steps]."""
    point = label["curve"][sensitivity]
    smoothed = smooth(rows.astype(np.float64),
                      half_window(label["smoothing"], corpus.STEP_SECONDS))
    times = in_steps(label["minimum_duration"], label["merge_gap"], corpus.STEP_SECONDS)
    first, last, opened = np.empty((3, smoothed.shape[1]))
    return [(file, int(first[k]), int(last[k])) for file, row in enumerate(smoothed)
            for k in range(track(row, point["on"], point["off"], *times, first, last, opened))]


def second_scores(rows, events, quantile):
    """What scores [files, steps] of the second network say of events, [events]."""
    return np.array([np.quantile(rows[file, max(0, first - BEFORE):last + BEHIND], quantile)
                     for file, first, last in events])


def meets(events, truth, name):
    """Which of the events meet a true one of their label, bool [events]."""
    return np.array([any(label == name and onset / corpus.STEP_SECONDS < last
                         and offset / corpus.STEP_SECONDS > first
                         for onset, offset, label in truth[file])
                     for file, first, last in events], bool)


def looked_at(names, tuned, parts, calibrated, quantile, sensitivity_of):
    """[false, false left, true, true left] of the part that judges, summed over the labels."""
    tuning, judging = parts
    counts = np.zeros(4, int)
    for k, name in enumerate(names):
        label, sensitivity = tuned[name], sensitivity_of(tuned[name])

        def heard(logits, k=k, label=label, sensitivity=sensitivity):
            one, two = (scores(a, c)[..., k] for a, c in zip(logits, calibrated))
            events = events_of(one, label, sensitivity)
            return events, second_scores(two, events, quantile)
        events, again = heard(tuning.logits)
        good = np.sort(again[meets(events, tuning.truth, name)])
        least = good[int((1 - KEPT) * len(good))] if len(good) > FEWEST else 0.0
        foreign = tune.without(judging.clips, k)
        _, wrong = heard([a[foreign] for a in judging.natural])
        events, again = heard(judging.logits)
        right = again[meets(events, judging.truth, name)]
        counts += [len(wrong), (wrong >= least).sum(), len(right), (right >= least).sum()]
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--run", required=True, help="last.pt and tuning.json")
    parser.add_argument("--second", required=True, help="the run of the second network")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    checkpoints = [torch.load(Path(run) / "last.pt", weights_only=True)
                   for run in (arguments.run, arguments.second)]
    names, networks = checkpoints[0]["labels"], [restored(c) for c in checkpoints]
    tuned = json.loads(Path(arguments.run, "tuning.json").read_text(encoding="utf-8"))["labels"]
    clips = corpus.load_clips(arguments.data, arguments.cache)
    parts = [Part(arguments, networks, clips, judging) for judging in (False, True)]
    calibrated = calibrations(parts[0], names)
    print("| settings | quantile | false events | left | removed | true events | left | lost |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for title, sensitivity_of in (("shipped", lambda label: label["sensitivity"]),
                                  ("`high`", lambda _: "high")):
        for quantile in QUANTILES:
            false, left, true, kept = looked_at(names, tuned, parts, calibrated, quantile,
                                                sensitivity_of)
            print(f"| {title} | {quantile} | {false} | {left} | {1 - left / max(1, false):.0%} | "
                  f"{true} | {kept} | {1 - kept / max(1, true):.1%} |", flush=True)


if __name__ == "__main__":
    main()
