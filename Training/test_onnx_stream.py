"""The streaming ONNX graph against the numpy run, on networks with every kind of layer."""

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import export
import network
import onnx_stream
import soundnet


def model(levelled):
    """A small network of random weights, with a running level in front or without."""
    import torch
    torch.manual_seed(1)
    small = network.Network(labels=3, widths=(4, 4, 8, 8), channels=12, dilations=(1, 3), hidden=8)
    labels = ["a", "b", "c"]
    content = export.model_file(small.eval(), labels, [{"on": 0.5, "off": 0.3}] * len(labels))
    decoded = soundnet.decoded(content)
    if levelled:
        decoded["layers"].insert(0, {"kind": "level", "coefficient": 0.02, "floor": -20.0})
        for layer in decoded["layers"]:
            if layer["kind"] == "add":
                layer["from"] += 1
    return decoded


@pytest.mark.parametrize("levelled", [False, True])
def test_steps_give_the_scores_of_the_whole(levelled):
    decoded = model(levelled)
    generator = np.random.default_rng(2)
    logmel = (-15 + 5 * generator.standard_normal((200, network.BANDS))).astype(np.float32)
    scores, times = onnx_stream.stepped(decoded, logmel)
    expected = soundnet.run(decoded, logmel)[-1][:, 0, :]
    assert scores.shape == expected.shape and len(times) == len(scores)
    assert np.ptp(expected) > 0
    assert np.abs(scores - expected).max() <= onnx_stream.TOLERANCE
