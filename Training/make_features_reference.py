"""Writes the reference log-mel features for the Swift tests, with librosa's filters.

The signal is a rising tone in noise, 1 s, float32:
x[n] = 0.5 sin(2 pi (200 t + 700 t^2)) + 0.1 u[n], t = n / rate,
u[n] = s[n] / 2^31 - 1, s[n] = (1664525 s[n-1] + 1013904223) mod 2^32, s[-1] = 1.
The noise keeps every band well above the rounding of a float32 FFT.
Run: python3 make_features_reference.py
"""

import json
from pathlib import Path

import librosa
import numpy as np
from scipy.signal import get_window

FIXTURES = Path(__file__).resolve().parent.parent / "Tests" / "SpectrogramTests" / "Fixtures"
RATES = (16000, 32000, 44100, 48000)


def noise(count):
    """White noise in [-1, 1) that any language can make again, float64."""
    state, values = 1, np.empty(count)
    for n in range(count):
        state = (1664525 * state + 1013904223) % 2 ** 32
        values[n] = state / 2 ** 31 - 1
    return values


def signal(rate):
    """One second of the test signal, float32."""
    t = np.arange(rate) / rate
    x = 0.5 * np.sin(2 * np.pi * (200 * t + 700 * t ** 2)) + 0.1 * noise(rate)
    return x.astype(np.float32)


def reference(samples, rate):
    """Log-mel [frames, 64] in float64, by librosa's framing and filters and numpy's FFT."""
    window, hop, length = (int(np.floor(s * rate + 0.5)) for s in (0.025, 0.010, 0.050))
    hann = get_window("hann", window, fftbins=True)
    frames = librosa.util.frame(samples.astype(np.float64), frame_length=window, hop_length=hop)
    spectrum = np.fft.rfft(frames * hann[:, None], n=length, axis=0)      # [bins, frames]
    power = np.abs(spectrum) ** 2 / hann.sum() ** 2
    filters = librosa.filters.mel(sr=rate, n_fft=length, n_mels=64, fmin=60, fmax=7500,
                                  htk=True, norm=None, dtype=np.float64)
    return np.log(np.maximum(filters @ power, 1e-10)).T


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    references = []
    for rate in RATES:
        logmel = reference(signal(rate), rate)
        name = f"logmel_{rate}.f32"
        (FIXTURES / name).write_bytes(logmel.astype("<f4").tobytes())
        references.append({"rate": rate, "file": name, "shape": list(logmel.shape)})
        print(name, logmel.shape, f"{logmel.min():.2f} to {logmel.max():.2f}")
    (FIXTURES / "features_reference.json").write_text(json.dumps(references, indent=2) + "\n")


if __name__ == "__main__":
    main()
