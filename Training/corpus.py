"""The recordings: tables, split by recording, cached features and frame-level targets."""

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.ndimage import binary_closing, binary_dilation

import features
import synthesis

STEP_FRAMES = 4
STEP_SECONDS = STEP_FRAMES * features.HOP_SECONDS
RESERVED_FOLD = "4"
RESERVED_SPEAKER = "theo"
UNSUITABLE = {"dude_miaowing"}


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
    """The 36 labels in their order."""
    return [row["label"] for row in table(Path(data) / "classes.csv")]


def validation_sources(rows):
    """The ids of the recordings kept for validation.

    A recording with a clip in ESC-50 is reserved if that clip is in fold 4. Any other
    UrbanSound8K recording is reserved if crc32(id) % 5 == 4. Of the digits, one speaker is.
    """
    esc = {r["source_id"]: r["fold"] for r in rows if r["dataset"] == "esc50"}
    reserved = {s for s, fold in esc.items() if fold == RESERVED_FOLD}
    for row in rows:
        source = row["source_id"]
        if row["dataset"] == "urbansound8k" and source not in esc:
            if zlib.crc32(source.encode()) % 5 == 4:
                reserved.add(source)
    reserved.add(RESERVED_SPEAKER)
    return reserved


@dataclass
class Clip:
    """One recording with its features and what is known about each frame."""

    path: str
    label: int            # index of the label, -1 for none
    dataset: str
    source: str
    validation: bool
    power: np.ndarray     # [frames, bands] mel power
    own: np.ndarray       # [frames] 1 where the clip's own label sounds, else 0
    trust: np.ndarray     # [frames] weight of `own` in the loss, 0 to 1
    others: np.ndarray    # [half seconds, labels + auxiliary] the teacher's probabilities


def build_cache(data, cache):
    """Writes the mel power of every clip to `cache` once; returns (power, offsets)."""
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    power_path, offset_path = cache / "power.npy", cache / "offsets.npy"
    if not offset_path.exists():
        parts = []
        for number, row in enumerate(table(Path(data) / "clips.csv")):
            samples, rate = soundfile.read(Path(data) / row["path"], dtype="float32")
            parts.append(features.mel_power(samples, rate))
            if number % 500 == 0:
                print(f"features: clip {number}", flush=True)
        np.save(power_path, np.concatenate(parts))
        np.save(offset_path, np.cumsum([0] + [len(p) for p in parts]))
    return np.load(power_path), np.load(offset_path)


def spans_to_frames(spans, count):
    """Frames, bool [count], whose centre lies in one of `spans` (start, end) in seconds."""
    centre = np.arange(count) * features.HOP_SECONDS + 0.5 * features.WINDOW_SECONDS
    inside = np.zeros(count, bool)
    for start, end in spans:
        inside |= (centre >= start) & (centre < end)
    return inside


def active_by_energy(power):
    """Active frames, bool [frames], of a synthesised clip: within 30 dB of the loudest,
    above a quarter of the range over the floor, gaps under 0.25 s closed."""
    level = 10.0 * np.log10(power.sum(axis=1) + 1e-12)
    floor, peak = np.percentile(level, 10), level.max()
    active = level > max(floor + max(3.0, (peak - floor) / 4), peak - 30.0)
    if peak - np.median(level) < 10.0 and np.median(level) - floor < 6.0:
        active[:] = True
    return binary_closing(np.pad(active, 13), np.ones(25))[13:-13] | active


def trust_in(own, power, teacher):
    """Weight, [frames], of the frame labels `own` in the loss.

    Nothing is known 0.3 s around an edge. Farther out, "not sounding" is certain in digital
    silence and doubtful elsewhere. "Sounding" is doubtful where the teacher, sure of the
    label in some other part of the clip, does not hear it; `teacher` [frames] or None.
    """
    level = power.sum(axis=1)
    near = binary_dilation(own, np.ones(61))
    trust = np.where(own, 1.0, np.where(near, 0.0, 0.2))
    trust[~own & (level < 1e-7 * level.max())] = 1.0
    if teacher is not None and teacher.max() > 0.3:
        trust[own & (teacher < 0.1 * teacher.max())] = 0.2
    return trust.astype(np.float32)


def teacher_scores(data, count):
    """For each clip the teacher's probabilities [half seconds, labels + auxiliary].

    A label scores as the loudest of its AudioSet classes. The auxiliary classes are those
    AudioSet classes that the teacher hears (over 0.3) in at least ten clips. The windows are
    1 s long and start every 0.5 s; a half second gets the lower score of the two covering it.
    """
    data = Path(data)
    scores = np.load(data / "teacher" / "mn04.npz")
    index = {r["name"]: int(r["index"]) for r in table(data / "teacher" / "labels.csv")}
    groups = [[index[n] for n in r["audioset"].split("|")]
              for r in table(data / "classes.csv")]
    heard = np.sum(scores["clip_logits"].astype(np.float32) > np.log(0.3 / 0.7), axis=0) >= 10
    logits = scores["window_logits"].astype(np.float32)
    best = np.stack([logits[:, g].max(axis=1) for g in groups], axis=1)   # [windows, labels]
    best = np.concatenate([best, logits[:, heard]], axis=1)
    best = 1.0 / (1.0 + np.exp(-best))
    edges = np.searchsorted(scores["window_clip"], np.arange(count + 1))
    result = []
    for clip in range(count):
        windows = best[edges[clip]:edges[clip + 1]]          # [windows, labels + auxiliary]
        both = np.minimum(windows[1:], windows[:-1])
        result.append(np.concatenate([windows[:1], both, windows[-1:]]))
    return result


def half_seconds(clip):
    """For each frame of `clip` its row in `clip.others`, int [frames]."""
    index = np.arange(len(clip.power)) * features.HOP_SECONDS / 0.5
    return np.minimum(index.astype(int), len(clip.others) - 1)


def group_spans(rows):
    """{path: [(start, end)]} of a table with start_s and end_s."""
    spans = {}
    for row in rows:
        spans.setdefault(row["path"], []).append((float(row["start_s"]), float(row["end_s"])))
    return spans


def load_clips(data, cache):
    """Every usable recording of the data directory as a `Clip`."""
    data = Path(data)
    rows = table(data / "clips.csv")
    names = label_names(data)
    power, offsets = build_cache(data, cache)
    spans = group_spans(table(data / "active.csv"))
    spans.update(group_spans(table(data / "speech_utterances.csv")))
    teacher = teacher_scores(data, len(rows))
    reserved = validation_sources(rows)
    clips = []
    for number, row in enumerate(rows):
        if row["category"] in UNSUITABLE:
            continue
        mel = power[offsets[number]:offsets[number + 1]]
        label = names.index(row["label"]) if row["label"] else -1
        own = spans_to_frames(spans[row["path"]], len(mel)) & (label >= 0)
        sure = row["dataset"] == "fsdd" or label < 0
        clip = Clip(row["path"], label, row["dataset"], row["source_id"],
                    row["source_id"] in reserved, mel, own.astype(np.float32), None,
                    teacher[number])
        heard = None if sure else clip.others[half_seconds(clip), label]
        clip.trust = trust_in(own, mel, heard)
        clips.append(clip)
    return clips


SYNTHETIC = {"siren": 260, "car_horn": 160, "bird": 300, "": 200}


def synthetic_clips(names, cache, columns, seed=2026):
    """Training clips made by `synthesis`; one in eight is kept for validation mixtures.

    No teacher has heard them, so their `others` [1, columns] are NaN: unknown.
    """
    path = Path(cache) / f"synthetic_{seed}.npz"
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
        own = active_by_energy(power) & (label != "")
        clips.append(Clip(f"synthetic/{number}", names.index(label) if label else -1,
                          "synthetic", f"synthetic {number}", number % 8 == 0, power,
                          own.astype(np.float32), trust_in(own, power, None),
                          np.full((1, columns), np.nan, np.float32)))
    return clips
