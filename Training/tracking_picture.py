"""Draws how the scores of a sound become an event: docs/tracking.png.

    python3 tracking_picture.py --binary ../.build/release/monitorctl
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

import evaluate
import soundnet
import tracker
from corpus import STEP_SECONDS
from export import OUTPUT

ROOT = Path(__file__).resolve().parent.parent
SCENE, LABEL, SECONDS = ROOT / "demo" / "scene.flac", "siren", (9.0, 25.0)


def first_told(scores, thresholds):
    """(step that announced, step with which it was settled) of the first event that was settled."""
    half = tracker.half_window(thresholds["smoothing"], STEP_SECONDS)
    window = tracker.announce_window(thresholds["announce_window"], STEP_SECONDS)
    smoothed, newest = tracker.smooth(scores, half), tracker.medians(scores, window - 1, 0)
    onset, told, settled = (np.empty(scores.shape[1] + half) for _ in range(3))
    count = tracker.announcements(
        newest[0], smoothed[0], half, window, thresholds["announce"], thresholds["on"],
        thresholds["off"],
        *tracker.in_steps(thresholds["minimum_duration"], thresholds["merge_gap"], STEP_SECONDS),
        onset, told, settled)
    return next((told[k], settled[k]) for k in range(count) if settled[k] >= 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/monitorctl"))
    parser.add_argument("--output", default=str(ROOT / "docs" / "tracking.png"))
    arguments = parser.parse_args()
    from matplotlib import pyplot
    model = soundnet.decoded(OUTPUT.read_bytes())
    names = model["labels"]
    thresholds = model["thresholds"][names.index(LABEL)]
    plain, smooth = (evaluate.binary_step_scores(arguments.binary, SCENE, names, None, smoothed)
                     [:, names.index(LABEL)].astype(np.float64) for smoothed in (False, True))
    events = json.loads(subprocess.run(
        [arguments.binary, "analyze", str(SCENE), "--format", "json"], check=True,
        stdout=subprocess.PIPE, text=True).stdout)["events"]
    told, settled = first_told(plain[None], thresholds)
    seconds = (np.arange(len(plain)) + 0.5) * STEP_SECONDS
    figure, axes = pyplot.subplots(figsize=(9, 3.6), layout="constrained")
    for event in events:
        if event["label"] == LABEL:
            axes.axvspan(event["onset_s"], event["offset_s"], color="#dfe9f2", zorder=0)
    axes.plot(seconds, plain, color="0.65", linewidth=1, label="score")
    axes.plot(seconds, smooth, color="#1f5a8a", linewidth=1.8,
              label=f"median filter of {thresholds['smoothing']:.2f} s")
    for key, style in (("announce", ":"), ("on", "--"), ("off", "-.")):
        axes.axhline(thresholds[key], color="#a04020", linewidth=1, linestyle=style, label=key)
    for step, text, high in ((told, "announced", 1.06), (settled, "settled", 1.06)):
        at = (step + 1) * STEP_SECONDS
        axes.plot([at, at], [0, 1.02], color="black", linewidth=1)
        axes.text(at, high, text, ha="right" if text == "announced" else "left", va="center")
    axes.set(xlim=SECONDS, ylim=(0, 1.12), xlabel="seconds of demo/scene.flac",
             ylabel=f"score of {LABEL}")
    axes.legend(loc="upper right", fontsize=8)
    figure.savefig(arguments.output, dpi=100)


if __name__ == "__main__":
    main()
