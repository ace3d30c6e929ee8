"""What is taken out of packages, and under which label."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("onnxruntime")

import debian_sounds  # noqa: E402
import soundnet  # noqa: E402
from evaluate import MODEL  # noqa: E402

RATE = 16000


def wav(samples):
    """The bytes of a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV")
    return file.getvalue()


def burst(seed):
    """A decaying burst of noise, half a second."""
    noise = np.random.default_rng(seed).standard_normal(RATE // 2)
    return 0.2 * noise * np.exp(-np.arange(len(noise)) / 1500)


def test_every_label_is_one_of_the_model():
    names = set(soundnet.decoded(MODEL.read_bytes())["labels"]) | {"-", ""}
    rules = debian_sounds.package_rules()
    assert len(rules) > 10
    assert {label.rstrip("!") for own in rules.values() for _, label in own} <= names


def test_the_first_rule_that_matches_says_the_label():
    rules = debian_sounds.package_rules()["widelands-data"]
    assert debian_sounds.label_of("data/sound/animals/bird2_01.ogg", rules) == "bird"
    assert debian_sounds.label_of("data/sound/animals/wolf_00.ogg", rules) == "-"
    assert debian_sounds.label_of("data/sound/hammering/hammering_00.ogg", rules) == ""


def test_recordings_in_archives_are_found():
    first, second = wav(burst(1)), wav(burst(2))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("sounds/horn.wav", first)
        archive.writestr("models/horn.obj", b"v 0 0 0")
    found = list(debian_sounds.zipped("a.pk3", file.getvalue()))
    assert found == [("a.pk3/sounds/horn.wav", first)]
    joined = b"\x02\x00RIFF of no kind" + first + b"name" + second
    assert list(debian_sounds.riff_files("a.cat", joined)) == [("a.cat/00.wav", first),
                                                               ("a.cat/01.wav", second)]


def test_pieces_of_a_recording():
    assert debian_sounds.pieces(b"no sound") == []
    assert debian_sounds.pieces(wav(np.zeros(RATE))) == []
    assert [len(p) for p in debian_sounds.pieces(wav(burst(1)))] == [RATE // 2]
    long = np.random.default_rng(3).uniform(-0.5, 0.5, 40 * RATE)
    assert [len(p) for p in debian_sounds.pieces(wav(long))] == [10 * RATE] * 2


def test_a_copy_is_known_and_a_sound_of_its_kind_is_not_one():
    marks = np.stack([debian_sounds.fingerprint(burst(seed)) for seed in range(1, 12)])
    assert debian_sounds.likest(burst(1), marks[1:]) < debian_sounds.SAME
    for silence in (4800, 4840, 4880):
        hiss = 2e-4 * np.random.default_rng(4).standard_normal(silence + RATE)
        copy = hiss + np.pad(0.3 * burst(1), (silence, RATE // 2))
        assert debian_sounds.likest(copy, marks) > debian_sounds.SAME


def test_files_of_one_recording_belong_together():
    of = debian_sounds.source_of
    assert of("sound/animals/bird2_01.ogg", "bird") == of("sound/animals/bird2_00.ogg", "bird")
    assert of("sound/animals/bird2_01.ogg", "bird") != of("sound/animals/bird3_01.ogg", "bird")
    assert of("voices/Pirate/Hello.ogg", "speech") == str(Path("voices/Pirate"))
