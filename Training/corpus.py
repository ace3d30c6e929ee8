"""The recordings: tables, split by recording, cached features and frame-level targets.

Two kinds of folders are read: one with the tables that README.md describes, and any folder with
one sub-folder of recordings per class.
"""

import csv
import inspect
import re
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from scipy.ndimage import binary_closing, binary_dilation
from scipy.signal import resample_poly

import features
import renditions
import synthesis

STEP_FRAMES = 4
STEP_SECONDS = STEP_FRAMES * features.HOP_SECONDS
RESERVED_FOLD = "4"
RESERVED_SPEAKER = "theo"
UNSUITABLE = {"dude_miaowing"}
RENDITIONS = 3                 # of each training recording, besides itself
COMPONENTS = 48                # of the teacher's logits
FREE_LICENCES = {"CC0-1.0", "CC-BY", "CC-BY-4.0"}
AUDIO_SUFFIXES = {".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif"}


def add_data_arguments(parser):
    """Adds --data and --cache to an argument parser."""
    here = Path(__file__).resolve().parent
    parser.add_argument("--data", default=str(here.parent.parent / "shared" / "data"),
                        help="default: ../shared/data beside the repository")
    parser.add_argument("--cache", default=str(here / "cache"))


def table(path):
    """The rows of a CSV file as dictionaries."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def label_names(data):
    """The labels in their order: those of classes.csv, or the names of the sub-folders."""
    data = Path(data)
    if (data / "classes.csv").exists():
        return [row["label"] for row in table(data / "classes.csv")]
    names = sorted(p.name for p in data.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(names) < 2:
        raise SystemExit(f"{data}: no classes.csv and {len(names)} sub-folders; a folder of "
                         "recordings for each of at least two classes is needed")
    return names


def safety_labels(data):
    """The labels marked `safety`, if any are."""
    path = Path(data) / "classes.csv"
    return {r["label"] for r in table(path) if r["safety"] == "yes"} if path.exists() else set()


def validation_sources(rows):
    """The ids of the recordings kept for validation.

    A recording with a clip in ESC-50 is reserved if that clip is in fold 4. Any other
    UrbanSound8K recording is reserved if crc32(id) % 5 == 4. Of the digits, one speaker is.
    """
    esc = {r["source_id"]: r["fold"] for r in rows if r["dataset"] == "esc50"}
    reserved = {s for s, fold in esc.items() if fold == RESERVED_FOLD}
    for row in rows:
        source = row["source_id"]
        if (row["dataset"] == "urbansound8k" and source not in esc
                and zlib.crc32(source.encode()) % 5 == 4):
            reserved.add(source)
    reserved.add(RESERVED_SPEAKER)
    return reserved


@dataclass
class Clip:
    """One recording, or a rendition of one, with its features and what is known of each frame."""

    path: str
    label: int            # index of the label, -1 for none
    dataset: str
    source: str
    validation: bool
    power: np.ndarray     # [frames, bands] mel power
    active: np.ndarray    # [frames] bool: something can be heard
    trust: np.ndarray     # [frames] weight of `active` as a target of the label, 0 to 1
    others: np.ndarray    # [half seconds, labels + auxiliary] the teacher's probabilities
    whole: np.ndarray     # [half seconds, COMPONENTS] what the teacher makes of it, NaN if unknown
    category: int = -1    # column of `others`, beside the label's, that it belongs to, -1 for none
    speed: float = 1.0    # of a rendition
    renditions: list = field(default_factory=list)


def unknown(columns):
    """What the teacher says of a clip that it has not heard: NaN, [1, columns]."""
    return np.full((1, columns), np.nan, np.float32)


def half_seconds(clip):
    """For each frame of `clip` its row in `clip.others`, int [frames]."""
    index = np.arange(len(clip.power)) * (clip.speed * features.HOP_SECONDS / 0.5)
    return np.minimum(index.astype(int), len(clip.others) - 1)


# Features, cached


def read(path):
    """The mono samples of a recording at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != renditions.RATE:
        common = np.gcd(rate, renditions.RATE)
        samples = resample_poly(samples, renditions.RATE // common, rate // common)
    return samples


def read_powers(job):
    """[(mel power [frames, bands], speed)] of a recording and `count` renditions of it.

    `job` is (path, seed, count).
    """
    path, seed, count = job
    samples = read(path)
    result = [(features.mel_power(samples, renditions.RATE), 1.0)]
    generator = np.random.default_rng(seed)
    for _ in range(count):
        other, speed = renditions.rendition(generator, samples)
        result.append((features.mel_power(other, renditions.RATE), speed))
    return result


def cached_powers(data, paths, counts, cache):
    """For each path below `data` its `read_powers`, from files under `cache` if they were made
    before. They are named after the recordings (paths and content), the counts and the code that
    makes them.
    """
    key = zlib.crc32(repr([(str(path), zlib.crc32((Path(data) / path).read_bytes()), count)
                           for path, count in zip(paths, counts)]).encode())
    for code in (features.mel_filters, features.mel_power, renditions, read_powers):
        key = zlib.crc32(inspect.getsource(code).encode(), key)
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    stored = [cache / f"{part}_{key:08x}.npy" for part in ("power", "length", "speed")]
    if not all(path.exists() for path in stored):
        jobs = [(str(Path(data) / p), [zlib.crc32(Path(p).name.encode()), 2026], c)
                for p, c in zip(paths, counts)]
        made = []
        with ProcessPoolExecutor() as pool:
            for number, result in enumerate(pool.map(read_powers, jobs, chunksize=16)):
                made += result
                if number % 500 == 0:
                    print(f"features: recording {number} of {len(jobs)}", flush=True)
        for path, array in zip(stored, (np.concatenate([m[0] for m in made]),
                                        np.array([len(m[0]) for m in made]),
                                        np.array([m[1] for m in made]))):
            np.save(path, array)
    power, lengths, speeds = (np.load(path) for path in stored)
    pieces = iter(zip(np.split(power, np.cumsum(lengths)[:-1]), speeds))
    return [[next(pieces) for _ in range(1 + count)] for count in counts]


# What is known of each frame


def spans_to_frames(spans, count, speed=1.0):
    """Frames, bool [count], whose centre is in one of `spans` (start, end) in seconds of the
    recording before it was made `speed` times as fast."""
    centre = (np.arange(count) * features.HOP_SECONDS + 0.5 * features.WINDOW_SECONDS) * speed
    inside = np.zeros(count, bool)
    for start, end in spans:
        inside |= (centre >= start) & (centre < end)
    return inside


def active_by_energy(power):
    """Active frames, bool [frames], where no table knows them: within 30 dB of the loudest,
    above a quarter of the range over the floor, gaps under 0.25 s closed."""
    level = 10.0 * np.log10(power.sum(axis=1) + 1e-12)
    floor, peak = np.percentile(level, 10), level.max()
    active = level > max(floor + max(3.0, (peak - floor) / 4), peak - 30.0)
    if peak - np.median(level) < 10.0 and np.median(level) - floor < 6.0:
        active[:] = True
    return binary_closing(np.pad(active, 13), np.ones(25))[13:-13] | active


def trust_in(active, power, teacher):
    """Weight, [frames], of the frames `active` as a target of the clip's label.

    A frame at an edge, 40 ms to both sides, counts a third. Outside, "not sounding" is certain
    in digital silence and doubtful elsewhere. "Sounding" is doubtful where the teacher, sure of
    the label in some other part of the clip, does not hear it; `teacher` [frames] or None.
    """
    level = power.sum(axis=1)
    trust = np.where(active, 1.0, 0.5)
    trust[~active & (level < 1e-7 * level.max())] = 1.0
    edges = np.diff(active.astype(np.int8), prepend=active[:1].astype(np.int8)) != 0
    trust[binary_dilation(edges, np.ones(9))] = 0.33
    if teacher is not None and teacher.max() > 0.3:
        trust[active & (teacher < 0.1 * teacher.max())] = 0.2
    return trust.astype(np.float32)


def window_logits(data):
    """The teacher's logits [windows, 527] and the clip of each window, int [windows].

    The windows are 1 s long and start every 0.5 s.
    """
    scores = np.load(Path(data) / "teacher" / "mn04.npz")
    return scores["window_logits"].astype(np.float32), scores["window_clip"]


def teacher_probabilities(data, logits):
    """The teacher's probabilities [windows, labels + classes] of the labels and of more classes.

    A label scores as the loudest of its AudioSet classes. The further classes are those AudioSet
    classes that the teacher hears (over 0.3) in at least ten clips.
    """
    data = Path(data)
    index = {r["name"]: int(r["index"]) for r in table(data / "teacher" / "labels.csv")}
    groups = [[index[n] for n in r["audioset"].split("|")]
              for r in table(data / "classes.csv")]
    clips = np.load(data / "teacher" / "mn04.npz")["clip_logits"].astype(np.float32)
    heard = np.sum(clips > np.log(0.3 / 0.7), axis=0) >= 10
    best = np.stack([logits[:, g].max(axis=1) for g in groups], axis=1)   # [windows, labels]
    best = np.concatenate([best, logits[:, heard]], axis=1)
    return 1.0 / (1.0 + np.exp(-best))


def teacher_components(logits, chosen):
    """The first principal components [windows, COMPONENTS] of the logits, whose axes those of the
    windows `chosen` give. Each is divided by the root of its deviation, so that the faint ones
    count for something; the mean of their variances is 1."""
    mean = logits[chosen].mean(axis=0)
    centred = logits[chosen] - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    variances, axes = variances[:-COMPONENTS - 1:-1], axes[:, :-COMPONENTS - 1:-1]
    scale = 1.0 / (variances ** 0.25 * np.sqrt(np.mean(np.sqrt(variances))))
    return ((logits - mean) @ axes * scale).astype(np.float32)


def on_half_seconds(values, clip_of_window, count, between):
    """For each of `count` clips the values [half seconds, columns] of its windows' [windows,
    columns]; a half second in two windows gets what `between` makes of their values."""
    edges = np.searchsorted(clip_of_window, np.arange(count + 1))
    result = []
    for clip in range(count):
        windows = values[edges[clip]:edges[clip + 1]]
        both = between(windows[1:], windows[:-1])
        result.append(np.concatenate([windows[:1], both, windows[-1:]]))
    return result


def group_spans(rows):
    """{path: [(start, end)]} of a table with start_s and end_s."""
    spans = {}
    for row in rows:
        spans.setdefault(row["path"], []).append((float(row["start_s"]), float(row["end_s"])))
    return spans


# The two kinds of folders


def load_clips(data, cache, free_only=False, group=None):
    """Every usable recording of the folder `data` as a `Clip` with its renditions.

    With `free_only`, training recordings that are not CC0 or CC BY are left out.
    `group` is for a folder per class: see `load_folder`.
    """
    if not (Path(data) / "clips.csv").exists():
        return load_folder(data, cache, group)
    data = Path(data)
    rows = table(data / "clips.csv")
    names = label_names(data)
    spans = group_spans(table(data / "active.csv"))
    spans.update(group_spans(table(data / "speech_utterances.csv")))
    reserved = validation_sources(rows)
    counts = [0 if r["source_id"] in reserved else RENDITIONS for r in rows]
    powers = cached_powers(data, [r["path"] for r in rows], counts, cache)
    logits, clip_of_window = window_logits(data)
    probabilities = on_half_seconds(teacher_probabilities(data, logits), clip_of_window, len(rows),
                                    np.minimum)
    trained_on = np.array([r["source_id"] not in reserved for r in rows])[clip_of_window]
    wholes = on_half_seconds(teacher_components(logits, trained_on), clip_of_window, len(rows),
                             lambda one, other: 0.5 * (one + other))
    categories = sorted({r["category"] for r in rows})
    first_category = probabilities[0].shape[1]
    clips = []
    for number, row in enumerate(rows):
        validation = row["source_id"] in reserved
        kept = validation or not free_only or row["licence"] in FREE_LICENCES
        if row["category"] in UNSUITABLE or not kept:
            continue
        label = names.index(row["label"]) if row["label"] else -1
        others = np.pad(probabilities[number], ((0, 0), (0, len(categories))))
        category = first_category + categories.index(row["category"])
        versions = []
        for power, speed in powers[number]:
            active = spans_to_frames(spans[row["path"]], len(power), speed)
            clip = Clip(row["path"], label, row["dataset"], row["source_id"], validation, power,
                        active, None, others, wholes[number], category, speed)
            sure = row["dataset"] == "fsdd" or label < 0
            heard = None if sure else clip.others[half_seconds(clip), label]
            clip.trust = trust_in(active, power, heard)
            versions.append(clip)
        versions[0].renditions = versions[1:]
        clips.append(versions[0])
    return clips


def load_folder(data, cache, group=None):
    """The clips of a folder with a sub-folder per class.

    `group` is a regular expression; what it matches in a file's name (its first group, if it has
    one) says which recordings belong together, and the groups are split so that a fifth of them,
    at least one, is kept for validation. Without it each file is a group of its own.
    """
    names = label_names(data)
    paths = [p.relative_to(data) for name in names
             for p in sorted((Path(data) / name).rglob("*")) if p.suffix.lower() in AUDIO_SUFFIXES]
    sources = [source_of(p, group) for p in paths]
    ranked = sorted(set(sources), key=lambda s: zlib.crc32(s.encode()))
    reserved = set(ranked[:max(1, len(ranked) // 5)])
    counts = [0 if s in reserved else RENDITIONS for s in sources]
    clips = []
    for path, source, versions in zip(paths, sources, cached_powers(data, paths, counts, cache)):
        if not versions[0][0].any():
            print(f"{path}: left out, it is silent or shorter than "
                  f"{features.WINDOW_SECONDS * 1000:.0f} ms", flush=True)
            continue
        label = names.index(path.parts[0])
        made = []
        for power, speed in versions:
            active = active_by_energy(power)
            made.append(Clip(str(path), label, "folder", source,
                             source in reserved, power, active, trust_in(active, power, None),
                             unknown(len(names)), unknown(COMPONENTS), speed=speed))
        made[0].renditions = made[1:]
        clips.append(made[0])
    return clips


def source_of(path, group):
    """The name of the group of recordings that a file belongs to."""
    if group is None:
        return path.name
    match = re.search(group, path.name)
    if match is None:
        raise SystemExit(f"{path}: its name does not match --group '{group}'")
    return match.group(1) if match.groups() else match.group(0)


SYNTHETIC = {"siren": 260, "car_horn": 160, "bird": 300, "": 200}


def synthetic_clips(names, cache, columns, seed=2026):
    """Training clips made by `synthesis`; one in eight is kept for validation mixtures.

    No teacher has heard them.
    """
    key = zlib.crc32(repr((SYNTHETIC, seed)).encode())
    for code in (features.mel_filters, features.mel_power, synthesis):
        key = zlib.crc32(inspect.getsource(code).encode(), key)
    path = Path(cache) / f"synthetic_{key:08x}.npz"
    if not path.exists():
        generator = np.random.default_rng(seed)
        made = [features.mel_power(synthesis.make(label, generator), synthesis.RATE)
                for label, count in SYNTHETIC.items() for _ in range(count)]
        np.savez(path, power=np.concatenate(made), lengths=[len(m) for m in made])
    stored = np.load(path)
    pieces = np.split(stored["power"], np.cumsum(stored["lengths"])[:-1])
    labels = [label for label, count in SYNTHETIC.items() for _ in range(count)]
    clips = []
    for number, (label, power) in enumerate(zip(labels, pieces)):
        active = active_by_energy(power)
        clips.append(Clip(f"synthetic/{number}", names.index(label) if label else -1,
                          "synthetic", f"synthetic {number}", number % 8 == 0, power,
                          active, trust_in(active, power, None),
                          unknown(columns), unknown(COMPONENTS)))
    return clips
