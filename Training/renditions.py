"""Recordings as other rooms, microphones, recorders and codecs would have given them.

What can be done to samples alone is done here, once for each rendition: speed, rooms, clipping,
coarse quantisation, low sample rates, codecs, hum. What can be done to mel power (level, colour,
distance, stretching in time, shifting in pitch, mixing) is done anew for every scene by `data.py`.
"""

import io

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

RATE = 16000
# How often each change is made.
SHARES = {"speed": 0.6, "room": 0.5, "clip": 0.15, "hum": 0.15, "offset": 0.1, "low_rate": 0.3,
          "coarse": 0.15, "codec": 0.3}
CODECS = [("OGG", "VORBIS", 0.9), ("OGG", "VORBIS", 1.0), ("OGG", "OPUS", 0.9),
          ("MP3", "MPEG_LAYER_III", 0.7), ("MP3", "MPEG_LAYER_III", 0.95), ("WAV", "ULAW", None),
          ("WAV", "ALAW", None), ("WAV", "IMA_ADPCM", None)]


def at_speed(samples, speed):
    """`samples` played `speed` times as fast, in steps of a hundredth; the pitch changes too."""
    return resample_poly(samples, 100, round(100 * speed))


def room_response(generator):
    """An impulse response: the direct sound, a few reflections, and a diffuse tail that decays
    by 60 dB in 0.1 to 1.5 s, duller as it decays."""
    seconds = generator.uniform(0.1, 1.5)
    count = int(RATE * min(seconds, 1.0))
    t = np.arange(count) / RATE
    tail = generator.standard_normal(count) * 10 ** (-3 * t / seconds)
    tail = sosfilt(butter(1, generator.uniform(1500, 7000), fs=RATE, output="sos"), tail)
    tail[:int(generator.uniform(0.002, 0.02) * RATE)] = 0.0
    response = tail * 10 ** (generator.uniform(-20, -2) / 20) / np.sqrt(np.sum(tail ** 2) + 1e-12)
    response[0] = 1.0
    for _ in range(generator.integers(0, 5)):
        response[int(generator.uniform(0.001, 0.03) * RATE)] += generator.normal(0, 0.3)
    return response


def in_room(generator, samples):
    """`samples` with a random room around them, as long as before."""
    return fftconvolve(samples, room_response(generator))[:len(samples)]


def with_hum(generator, samples):
    """Mains hum with harmonics, 20 to 50 dB under the loudest sample."""
    t = np.arange(len(samples)) / RATE
    mains = generator.choice([50.0, 60.0])
    hum = sum(generator.uniform(0, 1) / number
              * np.sin(2 * np.pi * number * mains * t + generator.uniform(0, 7))
              for number in (1, 2, 3, 4, 5, 7))
    return samples + np.abs(samples).max() * 10 ** (-generator.uniform(20, 50) / 20) * hum


def at_low_rate(generator, samples):
    """`samples` through a recorder of 8, 11.025 or 12 kHz."""
    rate = int(generator.choice([8000, 11025, 12000]))
    return resample_poly(resample_poly(samples, rate // 25, RATE // 25), RATE // 25, rate // 25)


def coarse(generator, samples):
    """`samples` in 8 to 11 bits."""
    steps = 2.0 ** (generator.integers(8, 12) - 1) / np.abs(samples).max()
    return np.round(samples * steps) / steps


def coded(generator, samples):
    """`samples` (peak below 1) after a codec."""
    kind, subtype, compression = CODECS[generator.integers(len(CODECS))]
    file = io.BytesIO()
    extra = {} if compression is None else {"compression_level": compression}
    soundfile.write(file, samples, RATE, format=kind, subtype=subtype, **extra)
    file.seek(0)
    decoded, rate = soundfile.read(file)
    decoded = resample_poly(decoded, RATE, rate) if rate != RATE else decoded
    return np.pad(decoded, (0, max(0, len(samples) - len(decoded))))[:len(samples)]


def rendition(generator, samples):
    """(samples, speed) of a random rendition of `samples` [count] at 16 kHz, peak 0.5 at most."""
    speed = round(generator.uniform(0.85, 1.18), 2) if generator.random() < SHARES["speed"] else 1.0
    samples = at_speed(samples, speed) if speed != 1.0 else np.array(samples, np.float64)
    wanted = {name: generator.random() < share for name, share in SHARES.items()}
    if wanted["room"]:
        samples = in_room(generator, samples)
    samples = samples * (0.5 / (np.abs(samples).max() + 1e-9))
    if wanted["hum"]:
        samples = with_hum(generator, samples)
    if wanted["offset"]:
        samples = samples + generator.uniform(-0.1, 0.1)
    if wanted["clip"]:
        samples = np.clip(samples, *np.array([-0.5, 0.5]) * 10 ** (-generator.uniform(3, 15) / 20))
    if wanted["low_rate"]:
        samples = at_low_rate(generator, samples)
    if wanted["coarse"]:
        samples = coarse(generator, samples)
    if wanted["codec"]:
        samples = coded(generator, np.clip(samples, -0.99, 0.99))
    return samples, speed
