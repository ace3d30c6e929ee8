"""Tests of the background set and of the check of `monitorctl teach`. Run: pytest"""

import csv
import json
import struct
import zlib

import numpy as np
import pytest

pytest.importorskip("soundfile")
pytest.importorskip("torch")
pytest.importorskip("sed_scores_eval")

import background
import corpus
import features
import soundnet
import soundscapes
import teach_check

COLUMNS = ["path", "label", "dataset", "category", "fold", "source_id"]


def write_clips(folder, rows):
    with open(folder / "clips.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([COLUMNS, *rows])


def test_the_built_in_set_is_that_of_the_built_in_model():
    model = background.DEFAULT_MODEL.read_bytes()
    file = background.DEFAULT_MODEL.with_suffix(".background").read_bytes()
    assert file[:8] == background.MAGIC
    version, length, checksum = struct.unpack("<III", file[8:20])
    header = json.loads(file[20:20 + length])
    assert (version, checksum) == (1, zlib.crc32(file[20:]))
    assert header["model"] == zlib.crc32(model[20:])
    steps = sum(group["steps"] for group in header["groups"])
    assert len(file) == 20 + length + 2 * steps * header["size"] <= 1_500_000
    assert np.isfinite(np.frombuffer(file, "<f2", offset=20 + length)).all()


def test_the_embedding_makes_the_scores():
    model = soundnet.decoded(background.DEFAULT_MODEL.read_bytes())
    logmel = features.log_mel(np.random.default_rng(1).gamma(1, 1e-5, (80, features.BANDS)))
    values = background.embeddings(model, logmel)                 # [steps - delay, size]
    last = model["layers"][background.embedding_layer(model)]
    scores = soundnet.run(model, logmel)[-1][model["delay_steps"]:, 0]
    logits = values @ last["weight"][0, 0] + last["bias"]
    assert np.allclose(1 / (1 + np.exp(-logits)), scores, atol=1e-9)


def test_reserved_recordings_are_in_neither(tmp_path):
    rows = [[f"{n}.wav", "", "esc50", "snoring", str(1 + n % 5), str(n)] for n in range(25)]
    write_clips(tmp_path, rows + [["x.wav", "siren", "esc50", "siren", "4", "99"],
                                  ["y.wav", "siren", "esc50", "siren", "1", "98"]])
    reserved = {f"{n}.wav" for n in range(25) if 1 + n % 5 == int(corpus.RESERVED_FOLD)}
    groups = background.groups_of(tmp_path)
    assert set(groups["snoring"]) == {row[0] for row in rows} - reserved
    assert groups["siren"] == ["y.wav"]
    clips = teach_check.teaching_clips(tmp_path, "snoring", 5, 1)
    assert len(set(clips)) == 5
    assert not any(path.endswith("/" + name) for path in clips for name in reserved)


def test_free_backgrounds_have_no_other_recordings(tmp_path):
    licences = ["CC0-1.0", "CC-BY", "CC-BY-4.0", "CC-BY-NC", "CC-BY-SA-4.0", "Sampling+"]
    with open(tmp_path / "clips.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "dataset", "category", "fold", "source_id", "licence"])
        writer.writerows([f"{n}.wav", "", "esc50", "snoring", "1", str(n), licence]
                         for n, licence in enumerate(4 * licences))
    assert background.groups_of(tmp_path, free_only=True)["snoring"] == [
        f"{n}.wav" for n in range(24) if n % 6 < 3]
    assert len(background.groups_of(tmp_path)["snoring"]) == 24


def test_small_categories_are_one_group(tmp_path):
    write_clips(tmp_path, [[f"{name}{n}.wav", label, "esc50", name, "1", f"{name}{n}"]
                           for name, label, count in (("snoring", "", 12), ("boat", "", 2),
                                                      ("bow", "", 1), ("siren", "siren", 1))
                           for n in range(count)])
    groups = background.groups_of(tmp_path)
    assert set(groups) == {"snoring", "siren", background.OTHER_GROUP}
    assert groups[background.OTHER_GROUP] == ["boat0.wav", "boat1.wav", "bow0.wav"]


def test_a_quarter_of_the_sounds_is_the_taught_one():
    sources = [soundscapes.Source(f"{label}{n}.wav", label, label, f"{label}{n}", [(0.0, 1.0)])
               for label in ["", "siren", "knock", "speech", "snoring"] for n in range(3)]
    planner = teach_check.Planner(sources, "snoring", (6.0, 6.0), 3)
    sounds = [s for n in range(60) for s in planner.plan(f"{n}", True).sounds]
    taught = [s for s in sounds if s.source.label == "snoring"]
    assert 0.2 < len(taught) / len(sounds) < 0.5
    assert {s.snr for s in taught} == {6.0}
    assert len({s.snr for s in sounds}) > 10
