"""Soundscapes of one minute from the reserved validation clips, with the truth about them.

A sound is what `active.csv` says is to be heard in a clip, from the first of its regions to
the last; a region is true if it is at most 6 dB fainter than the background. A seed fixes the
set. Nothing of the training recordings is used, so backgrounds are computed noise or looped
clips of categories that no label covers.

    python3 soundscapes.py --output cache/soundscapes     # FLAC files and truth.tsv
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfilt

import corpus

RATE = 16000
SECONDS = 60.0
LONGEST_SECONDS = 5.0                 # a run of regions in one clip
GAP_SECONDS = 0.25                    # shorter gaps are no gaps, as in active.csv
APART_SECONDS = 1.0                   # at least, between two sounds of one label
FADE_SECONDS = 0.02
SOUNDS = (6, 10)                      # sounds in a soundscape
SPARSE_SOUNDS = (0, 2)                # in a label-free one that is not crowded
SNR_DECIBELS = (-3.0, 20.0)           # of the active part of a sound over the background
PEAK_DECIBELS = (-40.0, -1.0)         # of a file, dB of full scale
FAINTEST_DECIBELS = -6.0              # of a true region over the background
BEDS = {"vacuum_cleaner", "washing_machine", "pouring_water", "keyboard_typing", "clock_tick",
        "brushing_teeth", "hand_saw", "water_drops"}


@dataclass
class Source:
    """A reserved clip; spans are its active regions, [(start, end)] in seconds."""

    path: str
    label: str            # "" for none
    category: str
    recording: str
    spans: list


@dataclass
class Sound:
    """A part of a clip in a soundscape: its active regions, the first of which starts at
    `onset`, `snr` dB over the background."""

    source: Source
    spans: list
    onset: float
    snr: float

    @property
    def length(self):
        return self.spans[-1][1] - self.spans[0][0]

    @property
    def offset(self):
        return self.onset + self.length


@dataclass
class Plan:
    """All that makes a soundscape; `bed` is a clip to loop, or None for computed noise."""

    name: str
    seed: int
    sounds: list
    bed: Source | None
    tilt: float           # of the computed noise, dB an octave
    peak: float           # dB of full scale


def reserved_sources(data, judging=None):
    """The `Source`s of the validation split that have an active region: of `JUDGING_ORIGINS` if
    `judging`, of the others if it is False, all of them if it is None."""
    data = Path(data)
    rows = corpus.clip_rows(data)
    reserved = corpus.validation_sources(rows)
    spans = corpus.group_spans(corpus.table(data / "active.csv"))
    spans.update(corpus.group_spans(corpus.table(data / "speech_utterances.csv")))
    return [Source(r["path"], r["label"], r["category"], r["source_id"],
                   sorted(spans[r["path"]]))
            for r in rows if r["source_id"] in reserved and r["label"] is not None
            and r["path"] in spans
            and judging in (None, r["dataset"] in corpus.JUDGING_ORIGINS)]


class Deck:
    """Deals its cards in random order, each once before any a second time."""

    def __init__(self, cards, generator):
        self.cards, self.generator, self.left = list(cards), generator, []

    def deal(self):
        if not self.left:
            self.left = [self.cards[i] for i in self.generator.permutation(len(self.cards))]
        return self.left.pop()


class Planner:
    """Plans soundscapes: labels alike often, within a label recordings alike often."""

    def __init__(self, sources, seed):
        self.generator = np.random.default_rng(seed)
        pools = {}
        for source in sources:
            recordings = pools.setdefault(source.label, {})
            recordings.setdefault(source.recording, []).append(source)
        self.labels = Deck(sorted(label for label in pools if label), self.generator)
        self.clips = {label: {r: Deck(c, self.generator) for r, c in recordings.items()}
                      for label, recordings in pools.items()}
        self.recordings = {label: Deck(recordings, self.generator)
                           for label, recordings in pools.items()}
        self.beds = Deck([s for s in sources if s.category in BEDS and not s.label],
                         self.generator)

    def sound(self, label):
        """A random part of a clip of `label`, not yet placed."""
        clip = self.clips[label][self.recordings[label].deal()].deal()
        spans = run_of(clip.spans, self.generator)
        return Sound(clip, spans, 0.0, float(self.generator.uniform(*SNR_DECIBELS)))

    def plan(self, name, labelled, counts=SOUNDS):
        """A soundscape of `counts` sounds, from and to; of no label if not `labelled`."""
        generator = self.generator
        count = int(generator.integers(counts[0], counts[1] + 1))
        sounds = [self.sound(self.labels.deal() if labelled else "") for _ in range(count)]
        if labelled and generator.random() < 0.5:
            sounds.append(self.sound(""))
        bed = self.beds.deal() if generator.random() < 0.5 and self.beds.cards else None
        return Plan(name, int(generator.integers(2 ** 32)), placed(sounds, generator), bed,
                    float(generator.uniform(-6, 0)), float(generator.uniform(*PEAK_DECIBELS)))


def run_of(spans, generator):
    """Neighbouring `spans` of at most `LONGEST_SECONDS` from the first to the last's end."""
    first = 0
    if spans[-1][1] - spans[0][0] > LONGEST_SECONDS:
        first = int(generator.integers(len(spans)))
    limit = spans[first][0] + LONGEST_SECONDS
    return [(start, min(end, limit)) for start, end in spans[first:] if start < limit]


def placed(sounds, generator):
    """Those of `sounds` that find a place, with their onsets.

    A quarter is put on top of another sound each, so that about half of them overlap.
    """
    done, alone = [], len(sounds) - round(len(sounds) / 4)
    for number, sound in enumerate(sounds):
        for _ in range(200):
            if number < alone:
                sound.onset = float(generator.uniform(0.5, SECONDS - 0.5 - sound.length))
                fits = all(distance(sound, other) >= APART_SECONDS for other in done)
            else:
                below = done[number - alone]
                sound.onset = float(generator.uniform(
                    max(0.5, below.onset - 0.7 * sound.length),
                    below.offset - 0.3 * min(sound.length, below.length)))
                fits = sound.offset < SECONDS - 0.5 and all(
                    distance(sound, other) >= APART_SECONDS for other in done
                    if other.source.label == sound.source.label)
            if fits:
                done.append(sound)
                break
    return done


def distance(one, other):
    """Seconds between two sounds, negative where they overlap."""
    return max(one.onset - other.offset, other.onset - one.offset)


def loudness(samples):
    """RMS above 60 Hz, as rumble is not what one hears."""
    return float(np.sqrt(np.mean(high_passed(samples) ** 2))) + 1e-12


def high_passed(samples):
    """`samples` through a second-order high-pass at 60 Hz."""
    return sosfilt(butter(2, 60, "highpass", fs=RATE, output="sos"), samples)


def noise(generator, count, tilt):
    """Stationary noise of RMS 1 above 60 Hz, its power falling by `-tilt` dB an octave."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    samples = np.fft.irfft(spectrum * (np.maximum(hertz, 60) / 60) ** (tilt / 6.02), count)
    return samples / loudness(samples)


def looped(clip, count, fade=RATE // 2):
    """`clip` again and again, with crossfades of equal power, [count]."""
    fade = min(fade, len(clip) // 2)
    ramp = np.sin(0.5 * np.pi * (np.arange(fade) + 0.5) / fade)
    clip = clip.copy()
    clip[:fade] *= ramp
    clip[-fade:] *= ramp[::-1]
    result = np.zeros(count + len(clip))
    for first in range(0, count, len(clip) - fade):
        result[first:first + len(clip)] += clip
    return result[fade:fade + count]


def read(data, source):
    """The samples of a source."""
    samples, rate = soundfile.read(Path(data) / source.path, dtype="float64")
    if rate != RATE:
        raise ValueError(f"{source.path}: {rate} Hz, expected {RATE} Hz")
    return samples


def background(data, plan, generator, count):
    """The background of a soundscape, loudness 1: noise, or a loop with noise 15 dB below."""
    bed = noise(generator, count, plan.tilt)
    if plan.bed is None:
        return bed
    clip = read(data, plan.bed)
    first, last = (int(s * RATE) for s in (plan.bed.spans[0][0], plan.bed.spans[-1][1]))
    loop = looped(clip[first:last], count)
    bed = 10 ** (-15 / 20) * bed + loop / loudness(loop)
    return bed / loudness(bed)


def render(data, plan):
    """The samples of a soundscape and its true events [(onset, offset, label)]."""
    generator = np.random.default_rng(plan.seed)
    mix = background(data, plan, generator, int(SECONDS * RATE))
    events = []
    for sound in plan.sounds:
        clip = read(data, sound.source)
        heard = high_passed(clip)
        start = sound.spans[0][0]
        parts = [heard[int(a * RATE):int(b * RATE)] for a, b in sound.spans]
        gain = 10 ** (sound.snr / 20) / (np.sqrt(np.mean(np.concatenate(parts) ** 2)) + 1e-12)
        piece = faded(clip[int(start * RATE):int(sound.spans[-1][1] * RATE)]) * gain
        first = int(sound.onset * RATE)
        mix[first:first + len(piece)] += piece[:len(mix) - first]
        for (a, b), part in zip(sound.spans, parts):
            level = 20 * np.log10(gain * np.sqrt(np.mean(part ** 2)) + 1e-12)
            if sound.source.label and level >= FAINTEST_DECIBELS:
                events.append((sound.onset + a - start, sound.onset + b - start,
                               sound.source.label))
    return mix * (10 ** (plan.peak / 20) / np.abs(mix).max()), joined(events)


def faded(piece):
    """`piece` with short ramps at its ends."""
    count = min(int(FADE_SECONDS * RATE), len(piece) // 2)
    ramp = (np.arange(count) + 0.5) / count
    piece = piece.copy()
    piece[:count] *= ramp
    piece[len(piece) - count:] *= ramp[::-1]
    return piece


def joined(events):
    """`events` in order, those of one label less than `GAP_SECONDS` apart as one."""
    result = []
    for onset, offset, label in sorted(events, key=lambda e: (e[2], e[0])):
        if result and result[-1][2] == label and onset - result[-1][1] < GAP_SECONDS:
            result[-1] = (result[-1][0], max(offset, result[-1][1]), label)
        else:
            result.append((onset, offset, label))
    return sorted((round(on, 3), round(off, 3), label) for on, off, label in result)


def plans(sources, labelled, label_free, crowded, seed):
    """The plans of a set: soundscapes with labels, then label-free ones, then crowded label-free
    ones, with as many sounds as those with labels."""
    planner = Planner(sources, seed)
    return ([planner.plan(f"scene{n:03d}", True) for n in range(labelled)]
            + [planner.plan(f"other{n:03d}", False, SPARSE_SOUNDS) for n in range(label_free)]
            + [planner.plan(f"crowd{n:03d}", False) for n in range(crowded)])


def write(data, plan, folder, level):
    """Writes a soundscape, `level` dB louder, as FLAC of 24 bits; returns its events."""
    samples, events = render(data, plan)
    soundfile.write(Path(folder) / f"{plan.name}.flac", samples * 10 ** (level / 20), RATE,
                    subtype="PCM_24")
    return events


def write_truth(path, truth):
    """Writes {name: events} as the TSV that sed_scores_eval and psds_eval read."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["filename", "onset", "offset", "event_label"])
        for name, events in truth.items():
            writer.writerows([f"{name}.flac", f"{on:.3f}", f"{off:.3f}", label]
                             for on, off, label in events)


def overlapping(plan):
    """How many of the sounds of a plan overlap another one."""
    return sum(any(distance(s, o) < 0 for o in plan.sounds if o is not s) for s in plan.sounds)


def add_set_arguments(parser):
    """Adds the arguments that choose a set of soundscapes."""
    parser.add_argument("--soundscapes", type=int, default=120, help="with labels")
    parser.add_argument("--label-free", type=int, default=120,
                        help="without, with a sound a minute")
    parser.add_argument("--crowded", type=int, default=60,
                        help="without, with a sound every seven seconds")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--level", type=float, default=0.0, help="gain of all files in dB")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    add_set_arguments(parser)
    parser.add_argument("--output", required=True, help="a folder")
    arguments = parser.parse_args()
    folder = Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = plans(reserved_sources(arguments.data), arguments.soundscapes,
                   arguments.label_free, arguments.crowded, arguments.seed)
    write_truth(folder / "truth.tsv",
                {p.name: write(arguments.data, p, folder, arguments.level) for p in chosen})


if __name__ == "__main__":
    main()
