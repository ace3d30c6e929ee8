"""Recordings out of Debian's packages of games, as a folder for `train.py --more`.

Downloads the packages named in debian_sounds.csv with apt-get, takes the recordings out of them,
and writes them as 16 kHz mono with the tables that README.md describes: clips.csv, active.csv and
what the teacher hears. Nobody listened: a label comes from the path, by the first row of
debian_sounds.csv that matches, and is kept where the teacher hears it too, or where the row is sure
(`!`). `-` leaves a recording out, as does a label that the teacher does not hear. The others have
no label, and what the teacher hears in them is known. What is too much like a recording that is not
trained on is left out: it may be a copy.

    python3 debian_sounds.py --output cache/debian_sounds      # 3.3 GB to download; eight minutes
"""

import argparse
import csv
import io
import re
import subprocess
import tarfile
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile

import corpus
import features
import renditions
import teacher

HERE = Path(__file__).resolve().parent
SUFFIXES = corpus.AUDIO_SUFFIXES | {".oga"}
ARCHIVES = {".zip", ".pk3"}
HEARD = 0.1                    # the teacher's least probability of a label
VOICES = ("speech", "music")   # which it seldom misses
VOICE_HEARD = 0.3
LONGEST_SECONDS, PIECES = 10.0, 2          # of a recording
LEAST_SECONDS = 0.2
MOST = 150                     # pieces of a label, and of none, in a package
SAME = 0.4                     # correlation of two fingerprints of one recording
COARSE_BANDS = 2               # that a fingerprint takes together
FINGERPRINT = 1024             # frames of a fingerprint, at most
COLUMNS = ("path", "label", "dataset", "category", "fold", "source_id", "duration_s", "licence",
           "attribution", "note")


def package_rules():
    """{package: [(pattern, label)]}, in the order of debian_sounds.csv."""
    rules = {}
    for row in corpus.table(HERE / "debian_sounds.csv"):
        rules.setdefault(row["package"], []).append((re.compile(row["pattern"]), row["label"]))
    return rules


def label_of(path, rules):
    """The label of the first rule that `path` matches, "-" to leave it out, "" for none."""
    return next((label for pattern, label in rules if pattern.search(path)), "")


def members(package, folder):
    """(path, bytes) of the recordings in a package, those in its archives too."""
    run = subprocess.run(["apt-get", "download", "-q", package], cwd=folder, capture_output=True,
                         text=True)
    found = sorted(Path(folder).glob(f"{package}_*.deb"))
    if run.returncode or not found:
        raise SystemExit(f"apt-get download {package}: {run.stderr.strip()}")
    unpacking = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", found[0]], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=unpacking.stdout, mode="r|") as tar:
        for member in tar:
            if not member.isfile():
                continue
            path, suffix = member.name.lstrip("./"), Path(member.name).suffix.lower()
            if suffix in SUFFIXES:
                yield path, tar.extractfile(member).read()
            elif suffix in ARCHIVES:
                yield from zipped(path, tar.extractfile(member).read())
            elif suffix == ".cat":
                yield from riff_files(path, tar.extractfile(member).read())
    if unpacking.wait() != 0:
        raise SystemExit(f"dpkg-deb of {package} ended with {unpacking.returncode}")
    found[0].unlink()


def zipped(path, content):
    """(path, bytes) of the recordings in a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if Path(name).suffix.lower() in SUFFIXES:
                yield f"{path}/{name}", archive.read(name)


def riff_files(path, content):
    """(path, bytes) of the WAV files that follow one another in a file of another kind."""
    number = at = 0
    while (at := content.find(b"RIFF", at)) >= 0:
        if content[at + 8:at + 12] == b"WAVE":
            length = int.from_bytes(content[at + 4:at + 8], "little") + 8
            yield f"{path}/{number:02d}.wav", content[at:at + length]
            number += 1
        at += 4


def pieces(content):
    """The parts of a recording to keep, 16 kHz mono; none if it can't be read, or is empty."""
    try:
        samples = corpus.read(io.BytesIO(content))
    except soundfile.LibsndfileError:
        return []
    length = int(LONGEST_SECONDS * renditions.RATE)
    if len(samples) <= length:
        parts = [samples]
    else:
        firsts = np.linspace(0, len(samples) - length, PIECES + 2).astype(int)[1:-1]
        parts = [samples[first:first + length] for first in firsts]
    return [part for part in parts
            if len(part) >= LEAST_SECONDS * renditions.RATE and np.abs(part).max() > 1e-3]


def source_of(path, label):
    """The recording that a file is from: alike but for a number at the end, or one speaker's."""
    parent, stem = str(Path(path).parent), Path(path).stem
    return parent if label == "speech" else f"{parent}/{re.sub('[-_ ]*[0-9]+[a-z]?$', '', stem)}"


def heard_windows(hearing, samples):
    """The teacher's logits [windows, classes] of windows of 1 s every 0.5 s, at a level that suits
    it."""
    power = teacher.mel_power(0.5 * samples / np.abs(samples).max())
    count = max(1, -(-(len(power) - 100) // 50) + 1)
    padded = np.zeros((50 * (count + 1), power.shape[1]), np.float32)
    padded[:len(power)] = power[:len(padded)]
    windows = np.stack([padded[50 * k:50 * k + 100] for k in range(count)])
    return hearing.hear(windows)[0]


def spans_of(power):
    """[(start, end)] in seconds of the active frames of mel power [frames, bands]."""
    active = corpus.active_by_energy(power)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [(first * features.HOP_SECONDS, last * features.HOP_SECONDS + features.WINDOW_SECONDS)
            for first, last in edges.reshape(-1, 2)]


def fingerprint(samples):
    """What correlates with that of a copy, and not with that of another sound of the kind: how the
    log-mel power changes from frame to frame, of norm 1, transformed in time; complex64
    [frequencies, bands]."""
    power = features.mel_power(samples, renditions.RATE)
    count = min(len(power), FINGERPRINT // 2)
    level = features.log_mel(power[:count].reshape(count, -1, COARSE_BANDS).mean(axis=2))
    change = np.diff(np.maximum(level, level.max() - 8.0), axis=0)
    return np.fft.rfft(change / (np.linalg.norm(change) + 1e-9), FINGERPRINT,
                       axis=0).astype(np.complex64)


def likest(samples, others):
    """The highest correlation of a recording with any of the fingerprints `others` [files,
    frequencies, bands], at any lag. Taken from two places half a hop apart: hops of two copies may
    lie apart."""
    half_hop = features.sizes(renditions.RATE)[1] // 2
    spectra = (np.einsum("nfb,fb->nf", others, fingerprint(own).conj())
               for own in (samples, samples[half_hop:]))
    return max(np.fft.irfft(spectrum, FINGERPRINT, axis=1).max() for spectrum in spectra)


def reserved_fingerprints(data):
    """The fingerprints of the recordings that are not trained on, without speech and music."""
    rows = corpus.clip_rows(data)
    reserved = corpus.validation_sources(rows)
    return np.stack([fingerprint(corpus.read(Path(data) / r["path"])) for r in rows
                     if r["source_id"] in reserved and r["label"] not in VOICES])


class Collection:
    """What is kept of the packages, written under `folder`."""

    def __init__(self, data, folder):
        self.data, self.folder = Path(data), Path(folder)
        self.names = corpus.label_names(data)
        self.hearing = teacher.Teacher(data)
        self.reserved = reserved_fingerprints(data)
        self.rows, self.spans, self.windows, self.clip_of_window = [], [], [], []
        self.count = Counter()         # of the pieces by package and label
        self.left_out = {"told to": 0, "label not heard": 0, "like a reserved one": 0,
                         "enough of its label": 0}

    def take(self, package, path, content, label):
        """Keeps the pieces of a recording that can be kept."""
        if label == "-":
            self.left_out["told to"] += 1
            return
        if self.count[package, label.rstrip("!")] >= MOST:
            self.left_out["enough of its label"] += 1
            return
        sure, label = label.endswith("!"), label.rstrip("!")
        for number, samples in enumerate(pieces(content)):
            power = features.mel_power(samples, renditions.RATE)
            heard = heard_windows(self.hearing, samples)
            if label and not sure and not self.hears(heard, label):
                self.left_out["label not heard"] += 1
            elif label not in VOICES and likest(samples, self.reserved) > SAME:
                self.left_out["like a reserved one"] += 1
            else:
                self.keep(package, path, label, number, samples, power, heard)

    def hears(self, heard, label):
        """Whether the teacher hears a label in windows [windows, classes]."""
        likely = corpus.teacher_probabilities(self.data, heard)[:, self.names.index(label)].max()
        return likely >= (VOICE_HEARD if label in VOICES else HEARD)

    def keep(self, package, path, label, number, samples, power, heard):
        """Writes a piece and notes what is known of it."""
        self.count[package, label] += 1
        name = f"audio/{package}/{len(self.rows):05d}.flac"
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, samples / max(1.0, np.abs(samples).max()), renditions.RATE)
        self.windows.append(heard)
        self.clip_of_window += [len(self.rows)] * len(heard)
        self.spans += [(name, f"{first:.2f}", f"{last:.2f}") for first, last in spans_of(power)]
        self.rows.append((name, label, package, label or package, "",
                          f"{package}/{source_of(path, label)}",
                          f"{len(samples) / renditions.RATE:.3f}", "see the package", package,
                          f"{path}, piece {number + 1}"))

    def write(self):
        """Writes the tables."""
        for name, columns, rows in (("clips.csv", COLUMNS, self.rows),
                                    ("active.csv", ("path", "start_s", "end_s"), self.spans)):
            with open(self.folder / name, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([columns, *rows])
        (self.folder / "teacher").mkdir(exist_ok=True)
        np.savez_compressed(self.folder / corpus.SCORES,
                            window_logits=np.concatenate(self.windows).astype(np.float16),
                            window_clip=np.array(self.clip_of_window, np.int32))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=str(HERE.parent.parent / "shared" / "data"),
                        help="the teacher, and what is not trained on: default "
                             "../shared/data beside the repository")
    parser.add_argument("--output", default=str(HERE / "cache" / "debian_sounds"))
    arguments = parser.parse_args()
    kept = Collection(arguments.data, arguments.output)
    seen = set()
    for package, rules in package_rules().items():
        before = len(kept.rows)
        with tempfile.TemporaryDirectory() as folder:
            for path, content in members(package, folder):
                if content not in seen:
                    seen.add(content)
                    kept.take(package, path, content, label_of(path, rules))
        labelled = sum(bool(row[1]) for row in kept.rows[before:])
        print(f"{package}: {len(kept.rows) - before} pieces, {labelled} with a label", flush=True)
    kept.write()
    print(f"{len(kept.rows)} pieces under {arguments.output}; left out: "
          + ", ".join(f"{count} {why}" for why, count in kept.left_out.items()))


if __name__ == "__main__":
    main()
