"""Log-mel features, exactly as the Swift `Spectrogram` target computes them.

Frame n covers samples [n*hop, n*hop + window): no centring and no padding at the start.
The window (25 ms, periodic Hann) is padded with zeros at its end to the FFT length (50 ms),
so the bins are 20 Hz apart at every sample rate.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

WINDOW_SECONDS = 0.025
HOP_SECONDS = 0.010
FFT_SECONDS = 0.050
BANDS = 64
LOW_HERTZ = 60.0
HIGH_HERTZ = 7500.0
FLOOR = 1e-10


def rounded(value):
    """The nearest integer, halves upwards (44.1 kHz: window 1103, FFT 2205)."""
    return int(np.floor(value + 0.5))


def sizes(rate):
    """(window, hop, FFT length) in samples at `rate` hertz."""
    return (rounded(WINDOW_SECONDS * rate), rounded(HOP_SECONDS * rate),
            rounded(FFT_SECONDS * rate))


def hertz_to_mel(hertz):
    """HTK mel scale: 2595 log10(1 + f / 700)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hertz, dtype=np.float64) / 700.0)


def mel_to_hertz(mel):
    """Inverse of `hertz_to_mel`."""
    return 700.0 * (10.0 ** (np.asarray(mel, dtype=np.float64) / 2595.0) - 1.0)


def mel_filters(rate):
    """Triangular filters of peak 1, float64 [bands, bins], from the true bin frequencies."""
    fft_length = sizes(rate)[2]
    bins = np.arange(fft_length // 2 + 1) * (rate / fft_length)            # [bins] Hz
    edges = mel_to_hertz(np.linspace(hertz_to_mel(LOW_HERTZ), hertz_to_mel(HIGH_HERTZ),
                                     BANDS + 2))                            # [bands + 2] Hz
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))


def mel_power(samples, rate, block_frames=4096):
    """Mel power, float32 [frames, bands], of `samples` [count] at `rate` hertz."""
    window, hop, fft_length = sizes(rate)
    if len(samples) < window:
        return np.zeros((0, BANDS), np.float32)
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window) / window)     # [window]
    filters = mel_filters(rate).T / hann.sum() ** 2                        # [bins, bands]
    frames = sliding_window_view(np.asarray(samples, np.float64), window)[::hop]
    result = np.empty((len(frames), BANDS), np.float32)
    for first in range(0, len(frames), block_frames):
        block = frames[first:first + block_frames] * hann                  # [block, window]
        spectrum = np.fft.rfft(block, fft_length, axis=1)                  # [block, bins]
        result[first:first + block_frames] = (np.abs(spectrum) ** 2) @ filters
    return result


def log_mel(power):
    """ln(max(power, 1e-10)), same shape; what the network takes."""
    return np.log(np.maximum(power, FLOOR))
