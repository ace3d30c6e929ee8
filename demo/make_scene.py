"""Composes the demo scene from scratch: `scene.flac` and its truth table `scene.csv`.

One minute, mono, 32 kHz, 16 bit: a quiet street at dawn with birds, a two-tone siren that
passes by, a car that honks twice, a machine's hum, a shower of rain and a wailing siren.
Every sound is computed here; no recording is used. Run: python3 demo/make_scene.py
"""

import csv
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 32000
SECONDS = 60.0
SEED = 41


def decibels(level):
    """The amplitude of `level` decibels."""
    return 10.0 ** (level / 20.0)


def band(samples, low, high, order=2):
    """Band-pass between `low` and `high` hertz, Butterworth."""
    return sosfilt(butter(order, [low, high], "bandpass", fs=RATE, output="sos"), samples)


def time_axis(seconds):
    """The time of each sample in seconds, [seconds * RATE]."""
    return np.arange(int(round(seconds * RATE))) / RATE


def edges(samples, rise, fall):
    """Raised-cosine fade in over `rise` and out over `fall` seconds."""
    t = np.arange(len(samples)) / RATE
    end = len(samples) / RATE
    gain = np.minimum(np.clip(t / rise, 0, 1), np.clip((end - t) / fall, 0, 1))
    return samples * np.sin(0.5 * np.pi * gain) ** 2


def peak_at(samples, level):
    """Scaled so that the largest sample is `level` dBFS."""
    return samples * (decibels(level) / np.max(np.abs(samples)))


def harmonic_tone(frequency, slopes, brightness_hertz=4000.0):
    """A tone of varying `frequency` [samples] with harmonic amplitudes `slopes`."""
    phase = 2.0 * np.pi * np.cumsum(frequency) / RATE
    tone = np.zeros(len(frequency))
    for number, amplitude in enumerate(slopes, start=1):
        damping = 1.0 / (1.0 + (number * frequency / brightness_hertz) ** 2)
        tone += amplitude * damping * np.sin(number * phase)
    return tone


def street_reverb(generator, samples, seconds, level):
    """Adds a sparse, decaying diffuse tail at `level` dB relative to the direct sound."""
    t = time_axis(seconds)
    tail = generator.standard_normal(len(t)) * 10.0 ** (-3.0 * t / seconds)
    tail = band(tail, 150.0, 5000.0)
    tail[: int(0.008 * RATE)] = 0.0
    tail *= decibels(level) / np.sqrt(np.sum(tail ** 2))
    wet = fftconvolve(samples, tail)
    wet[: len(samples)] += samples
    return wet


def passing(t, nearest, speed, distance):
    """Level and Doppler factor of a source that passes at `nearest` seconds."""
    along = speed * (t - nearest)
    radius = np.hypot(along, distance)
    doppler = 1.0 / (1.0 + speed * along / radius / 343.0)
    return distance / radius, doppler


def two_tone_siren(generator):
    """Hi-lo siren of 435 and 580 Hz with horn-like harmonics, passing by."""
    t = time_axis(11.5)
    gain, doppler = passing(t, 5.5, 14.0, 18.0)
    high = ((t / 0.52) % 2.0) >= 1.0
    pitch = np.where(high, 580.0, 435.0)
    smooth = np.exp(-np.arange(int(0.03 * RATE)) / (0.006 * RATE))
    pitch = fftconvolve(np.pad(pitch, (len(smooth), 0), mode="edge"),
                        smooth / smooth.sum())[len(smooth):len(smooth) + len(t)]
    tone = harmonic_tone(pitch * doppler, [1.0, 0.75, 0.85, 0.5, 0.45, 0.3, 0.25, 0.15, 0.1])
    tone = np.tanh(1.4 * tone) * gain
    return street_reverb(generator, edges(tone, 0.4, 0.8), 0.9, -7.0)


def wail_siren(generator):
    """Electronic wail: a slow rise and fall between about 650 and 1500 Hz."""
    t = time_axis(9.4)
    period = 4.6
    position = (t / period) % 1.0
    sweep = np.where(position < 0.42, position / 0.42, (1.0 - position) / 0.58)
    pitch = 650.0 * (1500.0 / 650.0) ** (0.5 - 0.5 * np.cos(np.pi * sweep))
    gain, doppler = passing(t, 6.0, 9.0, 22.0)
    tone = harmonic_tone(pitch * doppler, [1.0, 0.25, 0.6, 0.15, 0.35, 0.1, 0.2], 5000.0)
    return street_reverb(generator, edges(np.tanh(1.6 * tone) * gain, 0.5, 1.0), 1.0, -6.0)


def horn_blast(generator, seconds):
    """Two reeds (about 408 and 512 Hz), rich in harmonics, with a quick attack."""
    t = time_axis(seconds)
    wobble = 1.0 + 0.0015 * np.sin(2.0 * np.pi * 6.3 * t) - 0.012 * np.exp(-t / 0.03)
    slopes = [0.7, 0.9, 1.0, 0.9, 0.8, 0.7, 0.5, 0.4, 0.3, 0.22, 0.16, 0.1]
    tone = harmonic_tone(408.0 * wobble, slopes) + 0.9 * harmonic_tone(512.0 * wobble, slopes)
    tone = band(np.tanh(0.9 * tone), 300.0, 6500.0)
    return street_reverb(generator, edges(tone, 0.02, 0.05), 0.7, -9.0)


def chirp(generator, start_hertz, end_hertz, seconds, bend):
    """One chirp gliding from `start_hertz` to `end_hertz` with a weak second harmonic."""
    t = time_axis(seconds)
    x = t / seconds
    pitch = start_hertz + (end_hertz - start_hertz) * x + bend * np.sin(np.pi * x)
    pitch = pitch * (1.0 + 0.02 * np.sin(2.0 * np.pi * generator.uniform(25, 45) * t))
    phase = 2.0 * np.pi * np.cumsum(pitch) / RATE
    envelope = np.sin(np.pi * x) ** 0.7 * (0.6 + 0.4 * np.sin(np.pi * x * 3.0) ** 2)
    return envelope * (np.sin(phase) + 0.08 * np.sin(2.0 * phase))


def bird_phrase(generator, notes):
    """A phrase of `notes` chirps drawn from three syllables of one bird."""
    syllables = [(3400, 5200, 0.09, 400), (5600, 4100, 0.12, 700), (4500, 4700, 0.06, -900)]
    pieces = []
    for number in range(notes):
        start, end, seconds, bend = syllables[(number * 2 + number // 3) % 3]
        shift = generator.uniform(0.96, 1.04)
        note = chirp(generator, start * shift, end * shift, seconds, bend)
        pieces += [note * generator.uniform(0.6, 1.0),
                   np.zeros(int(generator.uniform(0.05, 0.13) * RATE))]
    return street_reverb(generator, np.concatenate(pieces), 0.6, -10.0)


def rain(generator, seconds):
    """The hiss of many drops, and single drops on a ledge nearby."""
    count = int(seconds * RATE)
    hiss = 0.05 * band(generator.standard_normal(count), 900.0, 9000.0, 2)
    drops = np.zeros(count + RATE)
    for start in generator.integers(0, count, int(seconds * 110)):
        length = int(generator.uniform(0.003, 0.015) * RATE)
        t = np.arange(length) / RATE
        burst = generator.standard_normal(length) * np.exp(-t / 0.002)
        ring = np.sin(2.0 * np.pi * generator.uniform(1200, 6000) * t) * np.exp(-t / 0.003)
        drops[start:start + length] += generator.exponential(0.12) * (0.6 * burst + 0.4 * ring)
    return edges(hiss + drops[:count], 2.5, 2.5)


def machine_hum(generator, seconds):
    """Mains hum of a transformer (50 Hz and harmonics) with a fan's faint noise."""
    t = time_axis(seconds)
    hum = np.zeros(len(t))
    for number, level in [(1, -6), (2, 0), (3, -14), (4, -9), (6, -13), (8, -20), (12, -24)]:
        hum += decibels(level) * np.sin(2.0 * np.pi * 50.02 * number * t
                                        + generator.uniform(0, 2.0 * np.pi))
    air = 0.35 * band(generator.standard_normal(len(t)), 100.0, 1200.0, 2)
    return edges(hum + air, 0.7, 0.7)


def background(generator, seconds):
    """A distant town: low noise that swells slowly, and the microphone's own hiss."""
    count = int(seconds * RATE)
    far = band(generator.standard_normal(count), 60.0, 500.0, 2)
    t = np.arange(count) / RATE
    swell = 1.0 + 0.3 * np.sin(2.0 * np.pi * t / 17.0) + 0.2 * np.sin(2.0 * np.pi * t / 5.3)
    return far * swell * decibels(-62.0) + generator.standard_normal(count) * decibels(-94.0)


def scene():
    """(samples [SECONDS * RATE], rows of (label, onset, offset) in seconds)."""
    generator = np.random.default_rng(SEED)
    mix = background(generator, SECONDS)
    rows = []

    def place(label, start, samples, level, sounding):
        first = int(start * RATE)
        last = min(first + len(samples), len(mix))
        mix[first:last] += peak_at(samples, level)[: last - first]
        rows.append((label, start, start + sounding))

    for start, notes in [(2.0, 9), (4.6, 7), (6.8, 10)]:
        phrase = bird_phrase(generator, notes)
        place("bird", start, phrase, -24.0, len(phrase) / RATE - 0.6)
    place("siren", 10.5, two_tone_siren(generator), -17.0, 11.5)
    place("car_horn", 25.5, horn_blast(generator, 0.75), -15.0, 0.75)
    place("car_horn", 27.3, horn_blast(generator, 1.3), -15.0, 1.3)
    place("machine_hum", 30.0, machine_hum(generator, 7.0), -32.0, 7.0)
    place("rain", 36.0, rain(generator, 9.0), -27.0, 9.0)
    place("siren", 47.5, wail_siren(generator), -19.0, 9.4)
    for start, notes in [(57.8, 8)]:
        phrase = bird_phrase(generator, notes)
        place("bird", start, phrase, -26.0, min(len(phrase) / RATE - 0.6, SECONDS - start))
    return mix * decibels(-1.5), rows


def main():
    folder = Path(__file__).parent
    samples, rows = scene()
    soundfile.write(folder / "scene.flac", samples, RATE, subtype="PCM_16",
                    compression_level=1.0)
    with open(folder / "scene.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["label", "onset_s", "offset_s"])
        writer.writerows((label, f"{on:.2f}", f"{off:.2f}") for label, on, off in rows)
    print(f"{len(samples) / RATE:.1f} s, peak {np.max(np.abs(samples)):.2f}")


if __name__ == "__main__":
    main()
