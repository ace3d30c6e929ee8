"""The teacher: EfficientAT `mn04_as`, a tagger of the 527 AudioSet classes, run by onnxruntime.

It hears log-mel frames of 32 kHz audio with a pre-emphasis. Here they are computed from 16 kHz
samples, frame by frame as those of `features.py` (the same 25 ms, 10 ms apart), and kept as power,
so that a scene is mixed for it as it is for the network. What is above 8 kHz is silence to it.
"""

from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import features

RATE = 16000
FFT = 512                       # bins of 31.25 Hz, those of 1024 points at 32 kHz
ALL_BANDS = 128                 # up to 15 kHz
WINDOW_FRAMES = 200             # what it is given at a time
CLASSES, EMBEDDING = 527, 384
FLOOR = 1e-5
EDGES = features.mel_to_hertz(np.linspace(0, features.hertz_to_mel(15000.0), ALL_BANDS + 2))
BANDS = int(np.sum(EDGES[2:] <= RATE / 2))       # that lie below 8 kHz
BAND_HERTZ = EDGES[1:BANDS + 1]
MODEL = "teacher/mn04.onnx"


def filters():
    """Triangles on the mel scale and the pre-emphasis, float64 [bins, bands]."""
    hertz = np.arange(FFT // 2 + 1) * (RATE / FFT)
    mel, edges = features.hertz_to_mel(hertz), features.hertz_to_mel(EDGES[:BANDS + 2])
    rising = (mel - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mel) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    emphasis = np.abs(1.0 - 0.97 * np.exp(-2j * np.pi * hertz / (2 * RATE))) ** 2
    return (triangles * emphasis).T * 4.0     # at 32 kHz there are twice as many samples


def mel_power(samples, block_frames=4096):
    """Mel power, float32 [frames, BANDS], of `samples` [count] at 16 kHz; as many frames as
    `features.mel_power` gives."""
    window, hop, _ = features.sizes(RATE)
    if len(samples) < window:
        return np.zeros((0, BANDS), np.float32)
    hann, weights = np.hanning(window), filters()
    frames = sliding_window_view(np.asarray(samples, np.float64), window)[::hop]
    result = np.empty((len(frames), BANDS), np.float32)
    for first in range(0, len(frames), block_frames):
        spectrum = np.fft.rfft(frames[first:first + block_frames] * hann, FFT, axis=1)
        result[first:first + block_frames] = np.abs(spectrum) ** 2 @ weights
    return result


class Teacher:
    """The network itself. `hear` gives logits and embedding of windows."""

    def __init__(self, data, threads=1):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(Path(data) / MODEL), options,
                                                    providers=["CPUExecutionProvider"])

    def hear(self, power):
        """(logits [windows, CLASSES], embedding [windows, EMBEDDING]) of mel power [windows,
        frames, BANDS]."""
        bands = np.zeros((len(power), ALL_BANDS, power.shape[1]), np.float32)
        bands[:, :BANDS] = power.transpose(0, 2, 1)
        return self.session.run(["logits", "embedding"],
                                {"logmel": (np.log(bands + FLOOR) + 4.5) / 5.0})
