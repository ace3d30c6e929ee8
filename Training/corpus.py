"""The recordings: tables, split by recording, cached features and frame-level targets."""

import csv
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

import features

STEP_FRAMES = 4
STEP_SECONDS = STEP_FRAMES * features.HOP_SECONDS
RESERVED_FOLD = "4"
RESERVED_SPEAKER = "theo"
UNSUITABLE = {"dude_miaowing"}


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
    """One recording with its features and targets."""

    path: str
    label: int                     # index of the label, -1 for none
    dataset: str
    category: str
    source: str
    validation: bool
    power: np.ndarray              # [frames, bands] mel power
    active: np.ndarray = None      # [frames] bool, where there is sound
    own: np.ndarray = None         # [frames] target of the clip's own label, NaN if unknown
    teacher: np.ndarray = None     # [windows, labels] probability, one window each 0.5 s
    peak: float = field(default=0.0)   # power of the loudest frame


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
    return np.load(power_path, mmap_mode="r"), np.load(offset_path)


if __name__ == "__main__":
    import sys
    build_cache(sys.argv[1], Path(__file__).parent / "cache")
