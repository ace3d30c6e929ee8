"""Whether a scene of five sounds gives five right events.

A siren, a smoke alarm or telephone, a car horn, a bird and a dog, one after the other, each 12 dB
over the noise of a quiet room and from a recording of an origin that was not trained on
(`corpus.OTHER_ORIGINS`). Their labels come from file names, so those are drawn in which the teacher
hears the label; of a label that it hears in none, all. Prints, for each label, in how many drawings
it became an event, and the events that were wrong.

    python3 scene_check.py --drawings 20
"""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import corpus
import detection
import soundscapes
from tune import TEACHER_HEARS

LABELS = ("siren", "alarm", "car_horn", "bird", "dog_bark")
SNR_DECIBELS = 12.0
TILT = -4.0                # dB an octave: the noise of a quiet room
PEAKS = (-20.0, -3.0)      # dB of full scale
APART_SECONDS = 5.0


def other_sources(data):
    """{label: the sources of origins not trained on}."""
    rows = {r["path"]: r["dataset"] for r in corpus.table(Path(data) / "clips.csv")}
    sources = [s for s in soundscapes.reserved_sources(data)
               if rows[s.path] in corpus.OTHER_ORIGINS]
    heard, names = detection.teacher_hears(data), corpus.label_names(data)
    result = {}
    for label in LABELS:
        own = [s for s in sources if s.label == label]
        sure = [s for s in own if heard[s.path][names.index(label)] >= TEACHER_HEARS]
        result[label] = sure or own
    return result


def drawn(sources, number):
    """The plan of a scene: one sound of each label, in random order."""
    generator = np.random.default_rng([17, number])
    sounds, at = [], 3.0
    for k in generator.permutation(len(LABELS)):
        choices = sources[LABELS[k]]
        source = choices[generator.integers(len(choices))]
        spans = soundscapes.run_of(source.spans, generator)
        sounds.append(soundscapes.Sound(source, spans, at, SNR_DECIBELS))
        at = sounds[-1].offset + APART_SECONDS
    return soundscapes.Plan(f"five{number:03d}", int(generator.integers(2 ** 32)), sounds, None,
                            TILT, float(generator.uniform(*PEAKS)))


def judged(plan, events):
    """(labels that became an event, labels of the events that meet no sound of their label)."""
    def meets(event, sound):
        return (event[2] == sound.source.label and event[0] < sound.offset
                and event[1] > sound.onset)
    found = {s.source.label for s in plan.sounds if any(meets(e, s) for e in events)}
    return found, [e[2] for e in events if not any(meets(e, s) for s in plan.sounds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--binary", default=str(detection.ROOT / ".build/release/monitorctl"))
    parser.add_argument("--drawings", type=int, default=20)
    parser.add_argument("--sensitivity", help="default: as shipped, label by label")
    arguments = parser.parse_args()
    detection.need_recordings(arguments.data)
    detection.need_program(arguments.binary)
    sources = other_sources(arguments.data)
    missing = [label for label, own in sources.items() if not own]
    if missing:
        sys.exit(f"no recording of {', '.join(missing)} of another origin")
    names = corpus.label_names(arguments.data)
    plans = [drawn(sources, number) for number in range(arguments.drawings)]
    chosen = ["--sensitivity", arguments.sensitivity] if arguments.sensitivity else []

    with tempfile.TemporaryDirectory() as folder:
        def answer(plan):
            soundscapes.write(arguments.data, plan, folder, 0.0)
            return detection.heard(arguments.binary, names, Path(folder) / f"{plan.name}.flac",
                                   *chosen)
        with ThreadPoolExecutor(detection.CORES) as pool:
            answers = [judged(p, e) for p, e in zip(plans, pool.map(answer, plans))]
    print("| label | recordings | found | of |\n| --- | ---: | ---: | ---: |")
    for label in LABELS:
        print(f"| {label} | {len(sources[label])} | {sum(label in f for f, _ in answers)} | "
              f"{len(plans)} |")
    wrong = Counter(label for _, false in answers for label in false)
    whole = sum(len(found) == len(LABELS) and not false for found, false in answers)
    print(f"\nfive right events and no wrong one: {whole} of {len(plans)}; wrong: "
          + (", ".join(f"{label} {n}" for label, n in wrong.most_common()) or "none"))


if __name__ == "__main__":
    main()
