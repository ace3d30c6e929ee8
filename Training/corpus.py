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
import teacher

STEP_FRAMES = 4
STEP_SECONDS = STEP_FRAMES * features.HOP_SECONDS
RESERVED_FOLD = "4"
RESERVED_SPEAKER = "theo"
# The labels of the further origins come from words in the names of their files. Where such a word
# is a part of another one ("rain" in "train", "owl" in "howling"), or the sound is not what the
# word says, the recording has another label, or is left out (None). So are copies: the steps and
# the glass of antumdeluge are those of minetest. Each is (origin, what its path has, label).
CORRECTIONS = (
    ("noice", "moving_train", "train"),
    ("blanket", "_train", "train"),
    ("moodist", "rain-on-window", "rain"),
    ("moodist", "howling-wind", "wind"),
    ("antumdeluge", "_pigeon", "bird"),
    ("noice", "train_horn", None),
    ("antumdeluge", "train_whistle", None),
    ("speech_commands_background", "dude_miaowing", None),       # a man imitating a cat
    ("moodist", "singing-bowl|busy-street|_church|construction-site", None),  # voices, lorries
    ("antumdeluge", "balloon|zombie|coyote|wolf|raccoon|shotgun_pump", None),
    ("antumdeluge", "Laughing_Song", None),                      # music throughout
    ("ccsounds", "brass_eject|monster_guns|fire_ignition|motor_start", None),
    ("ccsounds", "smash_fail_glass|plmove_fatigue|clear_obstacle", None),     # glass that holds
    ("minetest", "glass_door", None),
    ("antumdeluge", "_node_(step|dug)_", None),
)
# Origins of which no recording is trained on: they tell how far the network travels. One of them
# is tuned on, with the reserved recordings of the origins that are trained on; the others judge.
OTHER_ORIGINS = {"moodist", "antumdeluge", "precise"}
JUDGING_ORIGINS = {"antumdeluge", "precise"}
SCORES = "teacher/mn04.npz"    # what the teacher hears in the clips of a folder
RENDITIONS = 2                 # of each training recording, besides itself
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


def clip_rows(data):
    """The rows of clips.csv with `CORRECTIONS`; the label of one that is to be left out is None."""
    rows = table(Path(data) / "clips.csv")
    for row in rows:
        for origin, pattern, label in CORRECTIONS:
            if row["dataset"] == origin and re.search(pattern, row["path"]):
                row["label"], row["category"] = label, label or row["category"]
    return rows


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


def label_groups(data, labels):
    """The group of each of `labels` in classes.csv, such as `animal`; None if it knows others."""
    path = Path(data) / "classes.csv"
    groups = {r["label"]: r["group"] for r in table(path)} if path.exists() else {}
    return [groups[label] for label in labels] if set(labels) == set(groups) else None


def safety_labels(data):
    """The labels marked `safety`, if any are."""
    path = Path(data) / "classes.csv"
    return {r["label"] for r in table(path) if r["safety"] == "yes"} if path.exists() else set()


def validation_sources(rows):
    """The ids of the recordings kept for validation.

    A recording with a clip in ESC-50 is reserved if that clip is in fold 4. Any other
    UrbanSound8K recording is reserved if crc32(id) % 5 == 4. Of the digits, one speaker is. Of
    `OTHER_ORIGINS` all are.
    """
    esc = {r["source_id"]: r["fold"] for r in rows if r["dataset"] == "esc50"}
    reserved = {s for s, fold in esc.items() if fold == RESERVED_FOLD}
    for row in rows:
        source = row["source_id"]
        if (row["dataset"] == "urbansound8k" and source not in esc
                and zlib.crc32(source.encode()) % 5 == 4):
            reserved.add(source)
    reserved.add(RESERVED_SPEAKER)
    reserved |= {r["source_id"] for r in rows if r["dataset"] in OTHER_ORIGINS}
    return reserved


@dataclass
class Clip:
    """One recording, or a rendition of one, with its features and what is known of each frame."""

    path: str
    label: int            # index of the label, -1 for none
    dataset: str
    source: str
    validation: bool
    columns: np.ndarray   # [frames, bands] mel power for the network, then that for the teacher
    active: np.ndarray    # [frames] bool: something can be heard
    trust: np.ndarray     # [frames] weight of `active` as a target of the label, 0 to 1
    others: np.ndarray    # [half seconds, labels] the teacher's probabilities, NaN if unknown
    category: int = -1    # target column, after those of the labels, or -1 for none
    speed: float = 1.0    # of a rendition
    licence: str = ""
    renditions: list = field(default_factory=list)

    @property
    def power(self):
        """[frames, bands] the mel power that the network takes."""
        return self.columns[:, :features.BANDS]


def unknown(columns):
    """What the teacher says of a clip that it has not heard: NaN, [1, columns]."""
    return np.full((1, columns), np.nan, np.float32)


def half_seconds(clip):
    """For each frame of `clip` its row in `clip.others`, int [frames]."""
    index = np.arange(len(clip.columns)) * (clip.speed * features.HOP_SECONDS / 0.5)
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


def mel_columns(samples, with_teacher):
    """Mel power [frames, bands] of `samples`, then that for the teacher if `with_teacher`."""
    power = features.mel_power(samples, renditions.RATE)
    return np.hstack([power, teacher.mel_power(samples)]) if with_teacher else power


def read_columns(job):
    """[(`mel_columns`, speed)] of a recording and `count` renditions of it.

    `job` is (path, seed, count, with_teacher).
    """
    path, seed, count, with_teacher = job
    samples = read(path)
    result = [(mel_columns(samples, with_teacher), 1.0)]
    generator = np.random.default_rng(seed)
    for _ in range(count):
        other, speed = renditions.rendition(generator, samples)
        result.append((mel_columns(other, with_teacher), speed))
    return result


def cached_columns(data, paths, counts, cache, with_teacher):
    """For each path below `data` its `read_columns`, from files under `cache` if they were made
    before. They are named after the recordings (paths and content), the counts and the code that
    makes them.
    """
    key = zlib.crc32(repr([(str(path), zlib.crc32((Path(data) / path).read_bytes()), count)
                           for path, count in zip(paths, counts)]).encode())
    for code in (features.mel_filters, features.mel_power, renditions, mel_columns):
        key = zlib.crc32(inspect.getsource(code).encode(), key)
    if with_teacher:
        key = zlib.crc32(inspect.getsource(teacher).encode(), key)
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    values, sizes = cache / f"columns_{key:08x}.f32", cache / f"sizes_{key:08x}.npz"
    if not sizes.exists():
        jobs = [(str(Path(data) / p), [zlib.crc32(Path(p).name.encode()), 2026], c, with_teacher)
                for p, c in zip(paths, counts)]
        lengths, speeds = [], []
        with ProcessPoolExecutor() as pool, open(values, "wb") as file:
            for number, result in enumerate(pool.map(read_columns, jobs, chunksize=16)):
                for columns, speed in result:
                    lengths.append(len(columns))
                    speeds.append(speed)
                    columns.astype(np.float32).tofile(file)
                if number % 500 == 0:
                    print(f"features: recording {number} of {len(jobs)}", flush=True)
        np.savez(sizes, lengths=lengths, speeds=speeds)
    stored = np.load(sizes)
    width = features.BANDS + (teacher.BANDS if with_teacher else 0)
    columns = np.memmap(values, np.float32, "r").reshape(-1, width)
    pieces = iter(zip(np.split(columns, np.cumsum(stored["lengths"])[:-1]), stored["speeds"]))
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


def window_logits(folder):
    """The teacher's logits [windows, 527] and the clip of each window, int [windows].

    The windows are 1 s long and start every 0.5 s.
    """
    scores = np.load(Path(folder) / SCORES)
    return scores["window_logits"].astype(np.float32), scores["window_clip"]


def teacher_probabilities(data, logits):
    """The teacher's probabilities [windows, labels]: a label scores as the loudest of its AudioSet
    classes."""
    data = Path(data)
    index = {r["name"]: int(r["index"]) for r in table(data / "teacher" / "labels.csv")}
    groups = [[index[n] for n in r["audioset"].split("|")]
              for r in table(data / "classes.csv")]
    best = np.stack([logits[:, g].max(axis=1) for g in groups], axis=1)   # [windows, labels]
    return 1.0 / (1.0 + np.exp(-best))


def on_half_seconds(values, clip_of_window, count):
    """For each of `count` clips the values [half seconds, columns] of its windows' [windows,
    columns]; a half second in two windows gets the lower of their values."""
    edges = np.searchsorted(clip_of_window, np.arange(count + 1))
    result = []
    for clip in range(count):
        windows = values[edges[clip]:edges[clip + 1]]
        both = np.minimum(windows[1:], windows[:-1])
        result.append(np.concatenate([windows[:1], both, windows[-1:]]))
    return result


def group_spans(rows):
    """{path: [(start, end)]} of a table with start_s and end_s."""
    spans = {}
    for row in rows:
        spans.setdefault(row["path"], []).append((float(row["start_s"]), float(row["end_s"])))
    return spans


# The two kinds of folders


def load_clips(data, cache, free_only=False, group=None, more=None):
    """Every usable recording of the folder `data` as a `Clip` with its renditions.

    With `free_only`, training recordings that are not CC0 or CC BY are left out.
    `group` is for a folder per class: see `load_folder`. `more` is a second folder with tables,
    of which all is trained on.
    """
    if not (Path(data) / "clips.csv").exists():
        return load_folder(data, cache, group)
    folders = {Path(folder): clip_rows(folder) for folder in (data, more) if folder}
    categories = sorted({r["category"] for rows in folders.values() for r in rows
                         if r["label"] is not None})
    reserved = validation_sources(folders[Path(data)])
    return [clip for folder, rows in folders.items()
            for clip in table_clips(folder, rows, data, categories, reserved, cache)
            if clip.validation or not free_only or clip.licence in FREE_LICENCES]


def table_clips(folder, rows, data, categories, reserved, cache):
    """The clips of `folder`, whose clips.csv has `rows`; labels and teacher are those of `data`."""
    names = label_names(data)
    spans = group_spans(table(folder / "active.csv"))
    if (folder / "speech_utterances.csv").exists():
        spans.update(group_spans(table(folder / "speech_utterances.csv")))
    counts = [0 if r["source_id"] in reserved else RENDITIONS for r in rows]
    stored = cached_columns(folder, [r["path"] for r in rows], counts, cache, True)
    logits, clip_of_window = window_logits(folder)
    probabilities = on_half_seconds(teacher_probabilities(data, logits), clip_of_window, len(rows))
    clips = []
    for number, row in enumerate(rows):
        if row["label"] is None:
            continue
        label = names.index(row["label"]) if row["label"] else -1
        category = len(names) + categories.index(row["category"])
        versions = []
        for columns, speed in stored[number]:
            active = spans_to_frames(spans[row["path"]], len(columns), speed)
            clip = Clip(row["path"], label, row["dataset"], row["source_id"],
                        row["source_id"] in reserved, columns, active, None, probabilities[number],
                        category, speed, row["licence"])
            sure = row["dataset"] == "fsdd" or label < 0
            heard = None if sure else clip.others[half_seconds(clip), label]
            clip.trust = trust_in(active, clip.power, heard)
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
    for path, source, versions in zip(paths, sources,
                                      cached_columns(data, paths, counts, cache, False)):
        if not versions[0][0].any():
            print(f"{path}: left out, it is silent or shorter than "
                  f"{features.WINDOW_SECONDS * 1000:.0f} ms", flush=True)
            continue
        label = names.index(path.parts[0])
        made = []
        for columns, speed in versions:
            active = active_by_energy(columns)
            made.append(Clip(str(path), label, "folder", source, source in reserved, columns,
                             active, trust_in(active, columns, None), unknown(len(names)),
                             speed=speed))
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


SYNTHETIC = {"siren": 400, "car_horn": 240, "alarm": 500, "bird": 300, "insect": 200, "rain": 150,
             "": 200}


def synthetic_clips(names, cache, seed=2026):
    """Training clips made by `synthesis`; one in eight is kept for validation mixtures.

    No teacher has heard them by themselves.
    """
    key = zlib.crc32(repr((SYNTHETIC, seed)).encode())
    for code in (features.mel_filters, features.mel_power, synthesis, teacher):
        key = zlib.crc32(inspect.getsource(code).encode(), key)
    path = Path(cache) / f"synthetic_{key:08x}.npz"
    if not path.exists():
        generator = np.random.default_rng(seed)
        made = [mel_columns(synthesis.make(label, generator), True)
                for label, count in SYNTHETIC.items() for _ in range(count)]
        np.savez(path, columns=np.concatenate(made), lengths=[len(m) for m in made])
    stored = np.load(path)
    pieces = np.split(stored["columns"], np.cumsum(stored["lengths"])[:-1])
    labels = [label for label, count in SYNTHETIC.items() for _ in range(count)]
    clips = []
    for number, (label, columns) in enumerate(zip(labels, pieces)):
        power = columns[:, :features.BANDS]
        active = active_by_energy(power)
        clips.append(Clip(f"synthetic/{number}", names.index(label) if label else -1,
                          "synthetic", f"synthetic {number}", number % 8 == 0, columns,
                          active, trust_in(active, power, None), unknown(len(names))))
    return clips
