"""The streaming ONNX graph against the numpy run, on networks with every kind of layer."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import torch

import export
import network
import onnx_stream
import soundnet


def model(front_end):
    """A small network of random weights behind `front_end`."""
    torch.manual_seed(1)
    small = network.Network(labels=3, widths=(4, 4, 8, 8), channels=12, dilations=(1, 3), hidden=8,
                            front_end=front_end)
    labels = ["a", "b", "c"]
    return soundnet.decoded(export.model_file(small.eval(), labels,
                                              [{"on": 0.5, "off": 0.3}] * len(labels)))


@pytest.mark.parametrize("front_end", ["level", "levels"])
def test_steps_give_the_scores_of_the_whole(front_end):
    decoded = model(front_end)
    generator = np.random.default_rng(2)
    # Long enough for both levels to become exponential means.
    logmel = (-15 + 5 * generator.standard_normal((480, network.BANDS))).astype(np.float32)
    scores, times = onnx_stream.stepped(decoded, logmel)
    expected = soundnet.run(decoded, logmel)[-1][:, 0, :]
    assert scores.shape == expected.shape and len(times) == len(scores)
    assert np.ptp(expected) > 0
    assert np.abs(scores - expected).max() <= onnx_stream.TOLERANCE
