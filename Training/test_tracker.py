"""Tests of the tracker of the tuning. Run: pytest"""

import json

import numpy as np

import tracker
import tracker_goldens


def test_gaps_are_closed_and_short_sounds_left_out():
    scores = np.zeros(100)
    scores[10:20], scores[22:30], scores[60:61] = 0.9, 0.9, 0.9
    first, last = np.empty(100), np.empty(100)
    assert tracker.track(scores, 0.5, 0.3, 5, 3, first, last) == 1        # gap of 2 is closed
    assert (first[0], last[0]) == (10, 30)
    assert tracker.track(scores, 0.5, 0.3, 1, 2, first, last) == 3


def test_the_swift_tests_compare_with_this_tracker():
    """Otherwise: python3 tracker_goldens.py, and see whether TrackingTests still pass."""
    made, kept = tracker_goldens.tracks(), json.loads(tracker_goldens.FIXTURE.read_text())
    assert made == kept
    assert sum(len(track["events"]) for track in made["tracks"]) > 200
