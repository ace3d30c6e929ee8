"""Tests of the recordings, their renditions and what is synthesised. Run: pytest"""

import inspect

import numpy as np
import pytest

pytest.importorskip("soundfile")

import soundfile

import corpus
import renditions
import synthesis

sets_compression = pytest.mark.skipif(
    "compression_level" not in inspect.signature(soundfile.write).parameters,
    reason="needs soundfile 0.13, which sets how strongly a codec compresses")


@pytest.mark.parametrize("label", ["siren", "car_horn", "bird", ""])
def test_synthesis_repeats_for_a_seed(label):
    first, second = (synthesis.make(label, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.isfinite(first).all() and np.abs(first).max() == pytest.approx(1.0)


@pytest.mark.parametrize("change", [
    pytest.param(name, marks=sets_compression if name == "codec" else ())
    for name in sorted(renditions.SHARES)])
def test_each_rendition_keeps_the_sound(change, monkeypatch):
    """Alone, no change moves a sound in time, makes it endless, or gives anything but numbers."""
    monkeypatch.setattr(renditions, "SHARES", {k: float(k == change) for k in renditions.SHARES})
    samples = np.zeros(32000)
    samples[8000:16000] = np.sin(2 * np.pi * 700 * np.arange(8000) / 16000)
    for seed in range(6):
        other, speed = renditions.rendition(np.random.default_rng(seed), samples)
        assert np.isfinite(other).all() and abs(len(other) - 32000 / speed) <= 2
        level = np.convolve((other - np.median(other)) ** 2, np.ones(800), "same")
        onset = np.flatnonzero(level > 0.1 * level.max())[0] * speed
        assert abs(onset - 8000) < 1000


def folder_of_tones(folder):
    """Two classes of tones, high and low, by four makers."""
    generator = np.random.default_rng(6)
    for name, hertz in (("low", 300), ("high", 2500)):
        (folder / name).mkdir(parents=True)
        for maker in "abcd":
            for take in range(2):
                tone = np.sin(2 * np.pi * hertz * generator.uniform(0.9, 1.1)
                              * np.arange(12000) / 16000)
                soundfile.write(folder / name / f"{maker}_{take}.wav", 0.3 * tone, 16000)


@sets_compression
def test_recordings_without_sound_are_left_out(tmp_path, capsys):
    folder_of_tones(tmp_path / "tones")
    soundfile.write(tmp_path / "tones" / "low" / "a_silent.wav", np.zeros(16000), 16000)
    soundfile.write(tmp_path / "tones" / "low" / "b_short.wav", np.full(100, 0.1), 16000)
    clips = corpus.load_clips(tmp_path / "tones", tmp_path / "cache", group="^[a-d]")
    assert len(clips) == 16 and all(np.isfinite(c.power).all() for c in clips)
    said = capsys.readouterr().out
    assert "a_silent.wav: left out" in said and "b_short.wav: left out" in said


@sets_compression
def test_a_recording_that_changed_is_read_again(tmp_path):
    folder_of_tones(tmp_path / "tones")
    before = corpus.load_clips(tmp_path / "tones", tmp_path / "cache", group="^[a-d]")
    soundfile.write(tmp_path / "tones" / "low" / "a_0.wav", 0.3 * np.sin(np.arange(20000)), 16000)
    after = corpus.load_clips(tmp_path / "tones", tmp_path / "cache", group="^[a-d]")
    changed = [b.path for b, a in zip(before, after) if len(b.power) != len(a.power)]
    assert changed == ["low/a_0.wav"]


@sets_compression
def test_a_folder_is_split_by_groups(tmp_path):
    folder_of_tones(tmp_path / "tones")
    clips = corpus.load_clips(tmp_path / "tones", tmp_path / "cache", group="^[a-d]")
    reserved = {c.source for c in clips if c.validation}
    assert len(clips) == 16 and len(reserved) == 1
    assert not reserved & {c.source for c in clips if not c.validation}
    with pytest.raises(SystemExit, match="does not match"):
        corpus.load_clips(tmp_path / "tones", tmp_path / "cache", group="^x")


def test_no_recording_is_on_both_sides():
    rows = [{"source_id": s, "dataset": d, "fold": f} for s, d, f in
            [("1", "esc50", "4"), ("1", "urbansound8k", "1"), ("2", "esc50", "1"),
             ("2", "urbansound8k", "2")]]
    reserved = corpus.validation_sources(rows)
    assert "1" in reserved and "2" not in reserved


def test_a_label_that_the_name_of_the_file_gave_by_mistake_is_corrected(tmp_path):
    """"rain" in "train", "owl" in "wolf"; a row that is left out stays in its place."""
    rows = ["rain,noice,more/noice/moving_train_0.ogg", "rain,noice,more/noice/heavy_rain.ogg",
            "bird,antumdeluge,more/antumdeluge/sounds_wolf_howl.ogg"]
    (tmp_path / "clips.csv").write_text(
        "label,category,dataset,path\n"
        + "".join(f"{row.split(',')[0]},{row}\n" for row in rows), encoding="utf-8")
    assert [(r["label"], r["category"]) for r in corpus.clip_rows(tmp_path)] \
        == [("train", "train"), ("rain", "rain"), (None, "bird")]


def folder_with_tables(folder, name, label):
    """A folder of one recording with the tables of README.md, and what a teacher of it says."""
    soundfile.write(folder / name, 0.1 * np.random.default_rng(1).standard_normal(16000), 16000)
    (folder / "clips.csv").write_text(
        "path,label,dataset,category,fold,source_id,duration_s,licence,attribution,note\n"
        f"{name},{label},origin,{label or 'other'},,{name},1.0,CC0-1.0,,\n")
    (folder / "active.csv").write_text(f"path,start_s,end_s\n{name},0.1,0.9\n")
    (folder / "teacher").mkdir()
    np.savez(folder / corpus.SCORES, window_logits=np.full((1, 2), 3.0), window_clip=[0])


def test_a_second_folder_is_trained_on(tmp_path, monkeypatch):
    monkeypatch.setitem(renditions.SHARES, "codec", 0.0)    # wants a newer soundfile
    first, second = tmp_path / "data", tmp_path / "more"
    first.mkdir(), second.mkdir()
    folder_with_tables(first, "one.wav", "siren")
    folder_with_tables(second, "two.wav", "")
    (first / "classes.csv").write_text("label,group,safety,audioset\nsiren,warning,yes,Siren\n"
                                       "bird,animal,no,Bird\n")
    (first / "teacher" / "labels.csv").write_text("index,mid,name\n0,a,Siren\n1,b,Bird\n")
    clips = corpus.load_clips(first, tmp_path / "cache", more=second)
    assert [c.label for c in clips] == [0, -1] and not any(c.validation for c in clips)
    assert [c.category for c in clips] == [3, 2]        # "siren" comes after "other"
    assert all(len(c.renditions) == corpus.RENDITIONS for c in clips)
    assert clips[1].others == pytest.approx(np.full((2, 2), 1 / (1 + np.exp(-3.0))))
    assert len(corpus.load_clips(first, tmp_path / "cache")) == 1
