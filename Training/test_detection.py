"""Tests of the figures that are made of soundscapes. Run: pytest"""

import pytest

pytest.importorskip("soundfile")
pytest.importorskip("torch")
pytest.importorskip("sed_scores_eval")


import detection
import soundscapes

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
    text = detection.tables(NAMES, {"siren"}, truth, scores, scores, events, ["z"], ["c"],
                            {"siren": 1.0, "knock": 0.5}, (["siren"], 2.0, 7))
    assert "| natural sound | 2.00 h of 7 recordings |" in text
    assert "| false alarms, all labels | 0.5 an hour (95 %: 0.0 to 2.8) |" in text
    assert "| false alarms, all labels | 120.0 an hour |" in text
    assert "| false alarms, safety labels | 60.0 an hour |" in text
    crowded = text[text.index("| crowded label-free"):]
    assert "all labels | 60.0 an hour |" in crowded
    assert "safety labels | 0.0 an hour |" in crowded
    assert "| siren | 2 | 1.00 | 1.00 | 1.00 | 0.5 | 1.00 |" in text
    assert "| speech | 1 | 1.00 | 1.00 | 1.00 | 0.0 | – |" in text


def test_an_event_is_false_if_neither_the_label_nor_the_teacher_knows_it():
    def source(path, label, recording):
        return soundscapes.Source(path, label, label, recording, [(0.0, 1.0)])
    sources = [source("a", "siren", "1"), source("b", "", "2"), source("c", "speech", "2")]
    heard = [(0.0, 1.0, "siren"), (1.0, 2.0, "knock")]
    answers = [(None, 1800.0, heard), (None, 1800.0, heard), (None, 3600.0, [])]
    others = {"a": [0.9, 0.1, 0.1], "b": [0.1, 0.5, 0.1], "c": [0.0, 0.0, 0.0]}
    false, hours, recordings = detection.natural_alarms(sources, answers, others, NAMES)
    assert (false, hours, recordings) == (["knock", "siren"], 2.0, 2)
