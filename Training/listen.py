"""Prints the sound events the model file hears in a recording, and checks the demo scene.

    python3 listen.py ../demo/scene.flac --truth ../demo/scene.csv

Scores are smoothed as the tracker does (0.12 s). An event begins at `on`, ends below `off`,
joins one that ended less than 0.5 s before, and is reported if it lasted 0.2 s.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import soundfile

import features
import soundnet
from corpus import STEP_SECONDS
from export import OUTPUT
from thresholds import smoothed

MINIMUM_SECONDS = 0.2
MERGE_SECONDS = 0.5


def spans(scores, on, off):
    """[[first step, step after the last]] of one label's smoothed scores [steps]."""
    found, begin = [], None
    for step, score in enumerate(np.append(scores, 0.0)):
        if begin is None and score >= on:
            begin = step
        elif begin is not None and score < off:
            if found and (begin - found[-1][1]) * STEP_SECONDS < MERGE_SECONDS:
                found[-1][1] = step
            else:
                found.append([begin, step])
            begin = None
    return [s for s in found if (s[1] - s[0]) * STEP_SECONDS >= MINIMUM_SECONDS]


def events(scores, model):
    """[(label, onset, offset, highest score)] of smoothed scores [steps, labels]."""
    found = []
    for label, limits, column in zip(model["labels"], model["thresholds"], scores.T):
        for first, last in spans(column, limits["on"], limits["off"]):
            onset, offset = ((s - model["delay_steps"]) * STEP_SECONDS for s in (first, last))
            found.append((label, onset, offset, float(column[first:last].max())))
    return sorted(found, key=lambda event: event[1])


def step_scores(model, path):
    """Step scores [steps, labels] of the sound file at `path`."""
    samples, rate = soundfile.read(path, dtype="float32")
    logmel = features.log_mel(features.mel_power(samples, rate))
    frames = len(logmel) // model["frames_per_step"] * model["frames_per_step"]
    return soundnet.run(model, logmel[:frames])[-1][:, 0, :]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--model", default=str(OUTPUT))
    parser.add_argument("--truth", help="CSV of label,onset_s,offset_s")
    arguments = parser.parse_args()
    model = soundnet.decoded(Path(arguments.model).read_bytes())
    scores = smoothed(step_scores(model, arguments.file))
    found = events(scores, model)
    for label, onset, offset, score in found:
        print(f"{onset:7.2f} {offset:7.2f}  {label:14s} {score:.2f}")
    if not arguments.truth:
        return
    print("truth:")
    with open(arguments.truth, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            onset, offset = float(row["onset_s"]), float(row["offset_s"])
            covered = sum(max(0.0, min(offset, e[2]) - max(onset, e[1]))
                          for e in found if e[0] == row["label"])
            known = row["label"] in model["labels"]
            share = f"{covered / (offset - onset):4.0%} found" if known else "no label"
            steps = slice(int(onset / STEP_SECONDS), int(offset / STEP_SECONDS) + 3)
            best = scores[steps].max(axis=0)
            top = ", ".join(f"{model['labels'][k]} {best[k]:.2f}" for k in np.argsort(-best)[:4])
            print(f"{onset:7.2f} {offset:7.2f}  {row['label']:14s} {share}  ({top})")


if __name__ == "__main__":
    main()
