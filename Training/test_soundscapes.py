"""Tests of the soundscapes. Run: pytest"""

import numpy as np
import pytest

pytest.importorskip("soundfile")

import soundfile

import soundscapes

NAMES = ["siren", "knock", "speech"]


@pytest.fixture
def recordings(tmp_path):
    """A folder with a clip of two bursts of a tone, and its source; digital silence around."""
    time = np.arange(3 * soundscapes.RATE) / soundscapes.RATE
    on = ((time >= 0.5) & (time < 0.9)) | ((time >= 1.6) & (time < 2.5))
    soundfile.write(tmp_path / "clip.wav", 0.5 * on * np.sin(2 * np.pi * 1000 * time),
                    soundscapes.RATE, subtype="PCM_24")
    return tmp_path, soundscapes.Source("clip.wav", "siren", "siren", "1",
                                        [(0.5, 0.9), (1.6, 2.5)])


def plan_of(sounds, peak=-1.0):
    return soundscapes.Plan("one", 5, sounds, None, -3.0, peak)


def test_the_truth_is_where_the_energy_is(recordings):
    folder, source = recordings
    sound = soundscapes.Sound(source, source.spans, 20.0, 20.0)
    samples, events = soundscapes.render(folder, plan_of([sound]))
    assert events == [(20.0, 20.4, "siren"), (21.1, 22.0, "siren")]
    blocks = soundscapes.high_passed(samples)[:6000 * 160].reshape(6000, 160)
    level = 10 * np.log10(np.mean(blocks ** 2, axis=1))          # [hundredths of a second]
    loud = np.flatnonzero(level > np.median(level) + 12)
    edges = loud[np.flatnonzero(np.diff(loud, prepend=-9) > 1)] / 100
    assert edges == pytest.approx([20.0, 21.1], abs=0.025)
    assert np.mean(level[2110:2200] - np.median(level)) == pytest.approx(20, abs=1)


def test_a_sound_below_the_background_is_no_event(recordings):
    folder, source = recordings
    sound = soundscapes.Sound(source, source.spans, 20.0, -12.0)
    assert soundscapes.render(folder, plan_of([sound]))[1] == []


def test_a_file_has_its_peak_and_a_gain_changes_nothing_else(recordings):
    folder, source = recordings
    plan = plan_of([soundscapes.Sound(source, source.spans, 20.0, 10.0)], peak=-6.0)
    truth = soundscapes.write(folder, plan, folder, 0.0)
    plain = soundfile.read(folder / "one.flac")[0]
    assert 20 * np.log10(np.abs(plain).max()) == pytest.approx(-6, abs=0.01)
    assert soundscapes.write(folder, plan, folder, -30.0) == truth
    quiet = soundfile.read(folder / "one.flac")[0]
    assert quiet * 10 ** 1.5 == pytest.approx(plain, abs=1e-5)


def made_sources():
    """Sources of three labels and of none; their files need not exist to be planned."""
    return [soundscapes.Source(f"{label}{n}", label, label or "vacuum_cleaner", f"{label}{n // 2}",
                               [(0.1, 0.4), (1.0, 4.5)])
            for label in [*NAMES, ""] for n in range(6)]


def test_a_seed_fixes_the_set_and_half_of_the_sounds_overlap():
    first, second = (soundscapes.plans(made_sources(), 60, 5, 5, seed=3) for _ in range(2))
    assert first == second
    assert first != soundscapes.plans(made_sources(), 60, 5, 5, seed=4)
    scenes = first[:60]
    share = (sum(map(soundscapes.overlapping, scenes))
             / sum(len(p.sounds) for p in scenes))
    assert 0.4 < share < 0.65
    for plan in scenes:
        for sound in plan.sounds:
            assert sound.onset > 0 and sound.offset < soundscapes.SECONDS
            assert all(soundscapes.distance(sound, other) >= soundscapes.APART_SECONDS
                       for other in plan.sounds
                       if other is not sound and other.source.label == sound.source.label)
    assert all(s.source.label == "" for plan in first[60:] for s in plan.sounds)
    assert max(len(plan.sounds) for plan in first[60:65]) <= soundscapes.SPARSE_SOUNDS[1]
    assert min(len(plan.sounds) for plan in first[65:]) > soundscapes.SPARSE_SOUNDS[1]


def test_a_long_clip_is_cut_between_its_regions():
    spans = [(float(t), t + 0.5) for t in range(16)]
    for seed in range(20):
        run = soundscapes.run_of(spans, np.random.default_rng(seed))
        assert set(run) <= set(spans) and 1 <= len(run) <= 5


def test_near_regions_of_a_label_are_one_event():
    events = [(1.0, 2.0, "a"), (2.2, 3.0, "a"), (2.1, 2.3, "b"), (3.25, 4.0, "a")]
    assert soundscapes.joined(events) == [(1.0, 3.0, "a"), (2.1, 2.3, "b"), (3.25, 4.0, "a")]
