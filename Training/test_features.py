"""Tests of the features. Run: pytest"""

import numpy as np
import pytest

import features


@pytest.fixture(scope="module")
def logmel():
    """400 frames of plausible log-mel values."""
    return np.random.default_rng(1).normal(-14, 4, (400, features.BANDS)).astype(np.float32)


@pytest.mark.parametrize("rate", [16000, 32000, 44100, 48000])
def test_features_agree_with_librosa(rate):
    pytest.importorskip("librosa")
    import make_features_reference as reference
    samples = reference.signal(rate)
    mine = features.log_mel(features.mel_power(samples, rate))
    assert np.max(np.abs(mine - reference.reference(samples, rate))) < 1e-4


def test_sizes_round_halves_upwards():
    assert features.sizes(44100) == (1103, 441, 2205)
    assert features.sizes(16000) == (400, 160, 800)


@pytest.mark.parametrize("decibels", [-30, 30])
def test_a_gain_does_not_change_levelled_features(logmel, decibels):
    sound = -14 + 0.25 * (logmel + 14)          # far enough above the floor of the level
    moved = sound + np.float32(decibels / 10 * np.log(10))
    assert np.max(np.abs(features.levelled(moved) - features.levelled(sound))) < 1e-4


def test_the_level_follows_the_mean_and_then_forgets():
    logmel = np.concatenate([np.full((400, 64), -10.0), np.full((400, 64), -5.0)])
    level = features.running_mean(logmel.mean(axis=1), 4.0)
    assert np.allclose(level[:400], -10.0)
    assert level[799] == pytest.approx(-5.0 - 5.0 * np.exp(-1.0), abs=0.01)     # 4 s later


def test_pcen_is_blind_to_slow_gains(logmel):
    quiet, loud = features.pcen(logmel), features.pcen(logmel + 4.0)
    assert np.max(np.abs(loud - quiet)) < 0.06 * quiet.max()
