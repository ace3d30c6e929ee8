"""How well the released program learns sounds that no label covers, from a few clips each.

For each category: `monitorctl teach` with clips of training recordings; then soundscapes of
reserved recordings, in which the category is heard among the labels, and soundscapes without
labels and without the category. Prints what teaching said, the event F1 of the taught sound
(intersection, as in detection.py) and its false alarms, and whether the events of the built-in
labels stayed the same, as a table in Markdown.

    python3 teach_check.py
    python3 teach_check.py --clips 10 --snr 6 20 --categories snoring clock_tick
"""

import argparse
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

import corpus
import detection
import soundscapes

CATEGORIES = ["toilet_flush", "vacuum_cleaner", "snoring", "coughing", "sneezing", "hand_saw",
              "door_wood_creaks", "washing_machine", "brushing_teeth", "keyboard_typing",
              "clock_tick", "breathing"]
SHARE = 0.25                                              # of the sounds are the taught one


class Planner(soundscapes.Planner):
    """Plans soundscapes in which one category, as a label, is heard often."""

    def __init__(self, sources, category, snr, seed):
        super().__init__(sources, seed)
        self.category, self.snr = category, snr
        self.labels.cards += [category] * round(SHARE * len(self.labels.cards) / (1 - SHARE))

    def sound(self, label):
        sound = super().sound(label)
        if label == self.category:
            sound.snr = float(self.generator.uniform(*self.snr))
        return sound


def teaching_clips(data, category, count, seed):
    """Paths of `count` clips of a category, each of another training recording."""
    rows = corpus.clip_rows(data)
    reserved = corpus.validation_sources(rows)
    recordings = {}
    for row in rows:
        if row["category"] == category and row["source_id"] not in reserved:
            recordings.setdefault(row["source_id"], str(Path(data) / row["path"]))
    paths = list(recordings.values())
    return [paths[i] for i in np.random.default_rng(seed).permutation(len(paths))[:count]]


def taught(binary, category, clips, folder, percent):
    """What `monitorctl teach` says about the sound that it puts in `folder`."""
    run = subprocess.run([binary, "teach", category, *clips, "--taught", str(folder),
                          "--false-alarms", str(percent), "--format", "json"], check=True,
                         stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout)


def scenes(arguments, category, folder):
    """Writes the soundscapes; returns ({name: true events}, names without the category)."""
    sources = soundscapes.reserved_sources(arguments.data)
    for source in sources:
        if source.category == category:
            source.label = category
    planner = Planner(sources, category, arguments.snr, arguments.seed)
    plans = [planner.plan(f"scene{n:03d}", True) for n in range(arguments.soundscapes)]
    other = [planner.plan(f"other{n:03d}", False) for n in range(arguments.label_free)]
    write = partial(soundscapes.write, arguments.data, folder=folder, level=0.0)
    with ThreadPoolExecutor(detection.CORES) as pool:
        events = list(pool.map(write, plans + other))
    return ({p.name: [e for e in known if e[2] == category]
             for p, known in zip(plans, events)}, [p.name for p in other])


def checked(arguments, category):
    """The row of a category in the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = teaching_clips(arguments.data, category, arguments.clips, arguments.seed)
        lesson = taught(arguments.binary, category, clips, folder / "taught",
                        arguments.false_alarms)
        truth, other = scenes(arguments, category, folder)
        names = corpus.label_names(arguments.data) + [category]

        def both(scene):
            path = folder / f"{scene}.flac"
            return [detection.heard(arguments.binary, names, path, "--taught", str(folder / part))
                    for part in ("none", "taught")]

        with ThreadPoolExecutor(detection.CORES) as pool:
            pairs = dict(zip([*truth, *other], pool.map(both, [*truth, *other])))
    same = all(before == [e for e in after if e[2] != category]
               for before, after in pairs.values())
    events = {scene: [e for e in after if e[2] == category] for scene, (_, after) in pairs.items()}
    intersection = detection.at_thresholds(events, truth, [category], soundscapes.SECONDS)[0]
    count = sum(len(known) for known in truth.values())
    false = sum(len(events[scene]) for scene in other)
    hours = max(1, len(other)) * soundscapes.SECONDS / 3600
    score, precision, recall = (values[category] for values in intersection[:3])
    return (f"| {category} | {lesson['verdict']} | {lesson['recall']:.2f} | {count} | "
            f"{precision:.2f} | {recall:.2f} | {score:.2f} | {false / hours:.1f} | "
            f"{'the same' if same else 'DIFFERENT'} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--binary", default=str(detection.ROOT / ".build/release/monitorctl"))
    parser.add_argument("--categories", nargs="+", default=CATEGORIES)
    parser.add_argument("--clips", type=int, default=5, help="to teach with")
    parser.add_argument("--false-alarms", type=float, default=1.0,
                        help="of the background, in percent; as of monitorctl teach")
    parser.add_argument("--soundscapes", type=int, default=40, help="with the category")
    parser.add_argument("--label-free", type=int, default=30, help="and without the category")
    parser.add_argument("--snr", type=float, nargs=2, default=soundscapes.SNR_DECIBELS,
                        help="of the taught sound over the background, dB")
    parser.add_argument("--seed", type=int, default=4)
    arguments = parser.parse_args()
    detection.need_recordings(arguments.data)
    detection.need_program(arguments.binary)
    print("| category | separates | recall, cross-validated | events | precision | recall | F1 | "
          "false alarms an hour | built-in labels |\n"
          "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for category in arguments.categories:
        print(checked(arguments, category), flush=True)


if __name__ == "__main__":
    main()
