"""Log-mel features, exactly as the Swift `Spectrogram` target computes them.

Frame n covers samples [n*hop, n*hop + window): no centring and no padding at the start.
The window (25 ms, periodic Hann) is padded with zeros at its end to the FFT length (50 ms),
so the bins are 20 Hz apart at every sample rate.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import lfilter

WINDOW_SECONDS = 0.025
HOP_SECONDS = 0.010
FFT_SECONDS = 0.050
BANDS = 64
LOW_HERTZ = 60.0
HIGH_HERTZ = 7500.0
FLOOR = 1e-14            # -140 dB: what single precision leaves of a full-scale sine
LEVEL_SECONDS = 4.0      # time constant of the level that is taken off
BAND_SECONDS = 0.5       # the same for each band
LEVEL_FLOOR = -27.6      # ln of the band power under which the level is not followed


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
    """ln(max(power, 1e-14)), same shape; what the network takes."""
    return np.log(np.maximum(power, FLOOR))


def running_mean(values, seconds, history=None):
    """The mean of `values` [frames, ...] so far, exponential once `seconds` have passed.

    L[0] = m[0], L[t] = L[t-1] + a[t] (m[t] - L[t-1]), a[t] = max(1 / (t + 1), hop / seconds).
    `history` [...] is what a longer past has left, or None at the start of a stream.
    """
    share = HOP_SECONDS / seconds
    first = min(len(values), round(1.0 / share)) if history is None else 0
    result = np.empty(values.shape)
    counts = np.arange(1, first + 1).reshape(-1, *[1] * (values.ndim - 1))
    result[:first] = np.cumsum(values[:first], axis=0) / counts
    if first < len(values):
        last = history if history is not None else result[first - 1]
        result[first:], _ = lfilter([share], [1.0, share - 1.0], values[first:], axis=0,
                                    zi=(1.0 - share) * np.asarray(last)[None])
    return result


def levelled(logmel, history=None):
    """Log-mel less its level, and less the level of each band, [frames, bands, 2].

    The level is the running mean over bands and 4 s, the other that of the band over 0.5 s; both
    are the same for any gain of the input. `history` [bands] is what a longer past has left.
    """
    past = (None, None) if history is None else (history.mean(), history)
    level = running_mean(logmel.mean(axis=1), LEVEL_SECONDS, past[0])       # [frames]
    bands = running_mean(logmel, BAND_SECONDS, past[1])                     # [frames, bands]
    return np.stack([logmel - np.maximum(level, LEVEL_FLOOR)[:, None],
                     logmel - np.maximum(bands, LEVEL_FLOOR)], axis=-1).astype(np.float32)


def pcen(logmel, gain=0.98, bias=2.0, power=0.5, seconds=0.4):
    """Per-channel energy normalisation of log-mel, [frames, bands, 1].

    (E / (eps + M)^gain + bias)^power - bias^power, M a running mean of E in each band. Wang et
    al., Trainable Frontend for Robust and Far-Field Keyword Spotting, ICASSP 2017, eq. 1 and 2.
    """
    energy = np.exp(logmel.astype(np.float64))
    share = HOP_SECONDS / seconds
    smooth, _ = lfilter([share], [1.0, share - 1.0], energy, axis=0,
                        zi=(1.0 - share) * energy[:1])
    ratio = energy * (FLOOR + smooth) ** -gain
    return ((ratio + bias) ** power - bias ** power).astype(np.float32)[..., None]
