"""Tests of the figures that are made of soundscapes. Run: pytest"""

import numpy as np
import pytest

pytest.importorskip("soundfile")
pytest.importorskip("torch")
pytest.importorskip("sed_scores_eval")

from sed_scores_eval.base_modules.scores import create_score_dataframe

import detection

NAMES = ["siren", "knock", "speech"]
SECONDS = 60.0


@pytest.fixture
def truth():
    """Two soundscapes in which every label sounds."""
    return {"x": [(1.0, 4.0, "siren"), (3.0, 3.4, "knock"), (10.0, 12.0, "siren")],
            "y": [(5.0, 9.0, "speech"), (20.0, 20.5, "knock")]}


def frames(events, onto=SECONDS):
    return detection.as_scores(events, NAMES, onto)


def test_perfect_answers_give_one(truth):
    figures = detection.threshold_free({n: frames(e) for n, e in truth.items()}, truth, SECONDS)
    assert list(figures.values()) == pytest.approx([1.0] * 4)
    for measure in detection.at_thresholds(truth, truth, NAMES, SECONDS):
        assert measure[0][detection.MACRO] == pytest.approx(1.0)
    assert detection.onset_errors(truth, truth) == [0.0] * 5


def flickering(events):
    """Scores of 25 a second that are 0 for the last 0.4 s of each second of an event."""
    times = np.arange(int(SECONDS / 0.04) + 1) * 0.04
    values = np.zeros((len(times) - 1, len(NAMES)))
    for onset, offset, label in events:
        here = (times[:-1] >= onset) & (times[:-1] < offset) & ((times[:-1] - onset) % 1 < 0.6)
        values[here, NAMES.index(label)] = 1.0
    return create_score_dataframe(values, np.round(times, 6), NAMES)


def test_each_label_gets_its_median_filter(truth):
    scores = {n: flickering(e) for n, e in truth.items()}
    lengths = detection.median_lengths(scores, truth, SECONDS)
    assert set(lengths) == set(NAMES) and set(lengths.values()) <= set(detection.MEDIAN_CHOICES)
    assert lengths["speech"] > 0.8                  # twice the gap
    assert lengths["knock"] < 0.8                   # else the knock is gone
    smooth = detection.filtered(scores, {**dict.fromkeys(NAMES, 0.2), "speech": 1.0})
    for name, frame in smooth.items():
        for label, length in (("siren", 0.2), ("speech", 1.0)):
            expected = detection.medfilt({name: scores[name]}, length)[name]
            times = frame["onset"].to_numpy() + 1e-6
            at = np.searchsorted(expected["onset"].to_numpy(), times) - 1
            assert np.array_equal(frame[label], expected[label].to_numpy()[at])


def test_empty_answers_give_nothing(truth):
    nothing = {name: [] for name in truth}
    figures = detection.threshold_free({n: frames([]) for n in truth}, truth, SECONDS)
    assert figures["PSDS1"] == figures["PSDS2"] == 0.0
    for measure in detection.at_thresholds(nothing, truth, NAMES, SECONDS):
        assert measure[0][detection.MACRO] == 0.0
    assert detection.onset_errors(nothing, truth) == []


def test_a_late_answer_misses_the_collar_but_not_the_intersection(truth):
    late = {"x": [(1.4, 4.0, "siren"), (3.0, 3.4, "knock"), (10.1, 12.0, "siren")],
            "y": [(5.0, 9.0, "speech"), (20.0, 20.5, "knock")]}
    intersection, collar = detection.at_thresholds(late, truth, NAMES, SECONDS)
    assert intersection[0]["siren"] == 1.0
    assert collar[0]["siren"] == pytest.approx(0.5) and collar[0]["knock"] == 1.0
    assert sorted(detection.onset_errors(late, truth)) == pytest.approx([0, 0, 0, 0.1, 0.4])


def test_false_alarms_are_counted_by_the_hour(truth):
    scores = {n: frames(e) for n, e in truth.items()}
    events = {**truth, "z": [(1.0, 2.0, "siren"), (5.0, 6.0, "speech")], "c": [(1.0, 2.0, "knock")]}
    text = detection.tables(NAMES, {"siren"}, truth, scores, events, ["z"], ["c"],
                            [1.0, 0.5, 0.0], dict.fromkeys(NAMES, 0.5))
    assert "| false alarms, all labels | 120.0 an hour |" in text
    assert "| false alarms, safety labels | 60.0 an hour |" in text
    crowded = text[text.index("| crowded label-free"):]
    assert "all labels | 60.0 an hour |" in crowded
    assert "safety labels | 0.0 an hour |" in crowded
    assert "| siren | 2 | 1.00 | 1.00 | 1.00 | 60.0 | 1.00 |" in text
