"""Tests of the tracker of the tuning. Run: pytest"""

import json

import numpy as np

import tracker
import tracker_goldens


def test_gaps_are_closed_and_short_sounds_left_out():
    scores = np.zeros(100)
    scores[10:20], scores[22:30], scores[60:61] = 0.9, 0.9, 0.9
    first, last, opened = (np.empty(100) for _ in range(3))
    assert tracker.track(scores, 0.5, 0.3, 5, 3, first, last, opened) == 1    # gap of 2 is closed
    assert (first[0], last[0], opened[0]) == (10, 30, 14)
    assert tracker.track(scores, 0.5, 0.3, 1, 2, first, last, opened) == 3


def test_medians_are_those_of_numpy():
    scores = np.random.default_rng(3).random((2, 60)).round(1)
    result = tracker.medians(scores, 4, 2)
    for file, step in np.ndindex(2, 60):
        window = np.sort(scores[file, max(0, step - 4):step + 3])
        assert result[file, step] == window[(len(window) - 1) // 2]


def test_a_filter_is_as_long_as_it_says():
    for smoothing, half in ((0.0, 0), (0.04, 0), (0.12, 1), (0.2, 2), (0.28, 3), (0.75, 9)):
        assert tracker.half_window(smoothing, 0.04) == half


def test_the_swift_tests_compare_with_this_tracker():
    """Otherwise: python3 tracker_goldens.py, and see whether TrackingTests still pass."""
    made, kept = tracker_goldens.tracks(), json.loads(tracker_goldens.FIXTURE.read_text())
    assert made == kept
    assert sum(len(track["events"]) for track in made["tracks"]) > 200
