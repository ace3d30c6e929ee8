"""Chooses the on and off threshold of every label on mixed scenes of reserved recordings.

The scores are smoothed as the tracker does (0.12 s). `on` is the threshold of best F1
over the steps of the scenes, among those that are precise there and seldom exceeded in sound
without any label: clips of other categories, noise and near silence. `off` is 0.6 of `on`.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy.signal import lfilter

import corpus
import data
import evaluate
import features
from network import DELAY_STEPS, restored

HERE = Path(__file__).resolve().parent
GRID = np.arange(0.30, 0.901, 0.05)
SMOOTHING_SECONDS = 0.12
FALSE_SHARE = 0.002      # at most, of the steps of label-free sound
PRECISION = 0.5          # at least, of the steps of the scenes
OFF_RATIO = 0.6


def smoothed(scores):
    """Exponential smoothing of [..., steps, labels] with the tracker's time constant."""
    keep = np.exp(-corpus.STEP_SECONDS / SMOOTHING_SECONDS)
    return lfilter([1.0 - keep], [1.0, -keep], scores, axis=-2)


def clear_scenes(clips, labels, seed):
    """A mixer of scenes less crowded and less noisy than those of training."""
    mixer = data.Mixer(clips, labels, seed)
    mixer.events, mixer.bed_share = (0.1, 0.7, 0.2, 0.0), 0.2
    mixer.noise_ratio, mixer.level = (5.0, 40.0), (-50.0, -6.0)
    return mixer


@torch.no_grad()
def scene_scores(network, mixer, batches):
    """Smoothed scores, targets and weights, each [steps of all scenes, labels]."""
    parts = []
    for _ in range(batches):
        logmel, target, weight = data.batch_of(mixer, 16, DELAY_STEPS)
        scores = smoothed(torch.sigmoid(network(logmel)).numpy())
        known = [a.numpy()[..., :scores.shape[-1]] for a in (target, weight)]
        parts.append([a.reshape(-1, a.shape[-1]) for a in (scores, *known)])
    return [np.concatenate(column) for column in zip(*parts)]


def quiet_scores(network, clips, seed=17):
    """Smoothed scores [steps, labels] of label-free clips at several levels and of noise."""
    mixer = data.Mixer(clips, len(clips), seed)
    powers = [c.power for c in clips if c.label < 0]
    powers += [p * np.float32(data.gain(-25)) + 1e-9 for p in powers]
    powers += [mixer.noise(1000) * np.float32(data.gain(mixer.generator.uniform(-90, -10)))
               for _ in range(60)]
    powers.append(np.zeros((1000, features.BANDS), np.float32))
    return np.concatenate([smoothed(s) for s in evaluate.step_scores(network, powers)])


def choose(scores, target, weight, quiet):
    """(on, F1, precision, recall, false share) of one label; arrays [steps].

    The best F1 among the thresholds that are precise and quiet enough; without any, the
    most precise one.
    """
    truth, known = target > 0.99, ((target > 0.99) | (target == 0)) & (weight > 0.5)
    rows = []
    for on in GRID:
        fired = (scores > on) & known
        hits = np.sum(fired & truth)
        precision = hits / max(1, np.sum(fired))
        recall = hits / max(1, np.sum(truth & known))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        rows.append(tuple(map(float, (on, f1, precision, recall, np.mean(quiet > on)))))
    allowed = [row for row in rows if row[4] <= FALSE_SHARE and row[2] >= PRECISION]
    return max(allowed, key=lambda row: row[1]) if allowed else max(rows, key=lambda row: row[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--checkpoint", default=str(HERE / "runs" / "final" / "last.pt"))
    parser.add_argument("--output", default=str(HERE / "runs" / "final" / "thresholds.json"))
    arguments = parser.parse_args()
    checkpoint = torch.load(arguments.checkpoint, weights_only=True)
    network, names = restored(checkpoint), checkpoint["labels"]
    clips = [c for c in corpus.load_clips(arguments.data, arguments.cache) if c.validation]
    quiet = quiet_scores(network, clips)
    columns = clips[0].others.shape[1]
    clips += [c for c in corpus.synthetic_clips(names, arguments.cache, columns)
              if c.validation]
    scores, target, weight = scene_scores(network, clear_scenes(clips, len(names), 31), 80)
    result = {}
    print("| label | on | F1 | precision | recall | false share |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for k, name in enumerate(names):
        on, *figures = choose(scores[:, k], target[:, k], weight[:, k], quiet[:, k])
        result[name] = {"on": round(on, 2), "off": round(OFF_RATIO * on, 2)}
        print(f"| {name} | {on:.2f} | " + " | ".join(f"{f:.2f}" for f in figures[:3])
              + f" | {figures[3]:.4f} |")
    Path(arguments.output).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
