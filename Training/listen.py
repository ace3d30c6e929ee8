"""Prints the sound events the model file hears in a recording, and checks the demo scene.

    python3 listen.py ../demo/scene.flac --truth ../demo/scene.csv

Scores are smoothed over 0.2 s; an event begins above `on`, ends below `off`, and is
reported if it lasted 0.2 s.
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


def events(scores, labels, limits, delay_steps):
    """[(label, onset, offset, highest score)] of smoothed scores [steps, labels]."""
    found = []
    for k, label in enumerate(labels):
        begin = None
        for step, score in enumerate(np.append(scores[:, k], 0.0)):
            if begin is None and score > limits[k]["on"]:
                begin = step
            elif begin is not None and score < limits[k]["off"]:
                if (step - begin) * STEP_SECONDS >= MINIMUM_SECONDS:
                    found.append((label, (begin - delay_steps) * STEP_SECONDS,
                                  (step - delay_steps) * STEP_SECONDS,
                                  float(scores[begin:step, k].max())))
                begin = None
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
    found = events(scores, model["labels"], model["thresholds"], model["delay_steps"])
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
