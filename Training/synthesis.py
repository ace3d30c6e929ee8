"""Sirens, horns, alarms, birds, insects and rain made from random parameters, as extra training
clips.

`make(label, generator)` returns mono samples at 16 kHz, 3 to 6 s long, peak about 1. The
spans of the sound follow from the energy detector used for all clips.
"""

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 16000


def time_axis(seconds):
    """Seconds of each sample."""
    return np.arange(int(seconds * RATE)) / RATE


def slow_noise(generator, count, hertz):
    """Noise of unit variance that varies at about `hertz`, [count]."""
    knots = generator.standard_normal(max(4, int(count / RATE * hertz) + 3))
    return np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots)


def harmonics(generator, frequency, count, tilt_decibels, odd_bias=0.0):
    """A tone of `frequency` [samples] hertz with `count` harmonics of random levels."""
    phase = 2.0 * np.pi * np.cumsum(frequency) / RATE + generator.uniform(0, 2 * np.pi)
    tone = np.zeros(len(frequency))
    for number in range(1, count + 1):
        level = -tilt_decibels * np.log2(number) + generator.normal(0, 4)
        level -= odd_bias if number % 2 == 0 else 0.0
        audible = np.clip((7800.0 - number * frequency) / 300.0, 0.0, 1.0)
        tone += 10 ** (level / 20) * audible * np.sin(number * phase)
    return tone


def smoothed(values, seconds):
    """`values` after a causal exponential of time constant `seconds`."""
    kernel = np.exp(-np.arange(int(6 * seconds * RATE) + 1) / (seconds * RATE))
    padded = np.pad(values, (len(kernel) - 1, 0), mode="edge")
    return fftconvolve(padded, kernel / kernel.sum(), mode="valid")


def two_tone(generator, t):
    """Hi-lo pitch: two notes a third to a fifth apart, 0.25 to 1.2 s each."""
    low = generator.uniform(340, 800)
    high = low * generator.uniform(1.18, 1.55)
    half = generator.uniform(0.25, 1.2)
    share = generator.uniform(0.4, 0.6)
    upper = ((t + generator.uniform(0, 2 * half)) / (2 * half)) % 1.0 < share
    return smoothed(np.where(upper, high, low), generator.uniform(0.002, 0.03))


def sweep(generator, t, period):
    """A rise and fall between two pitches with a random shape and `period` seconds."""
    low, ratio = generator.uniform(350, 900), generator.uniform(1.5, 3.2)
    turn = generator.uniform(0.15, 0.85)
    x = ((t + generator.uniform(0, period)) / period) % 1.0
    x = np.where(x < turn, x / turn, (1 - x) / (1 - turn))
    shape = generator.uniform(0, 1)
    x = shape * (0.5 - 0.5 * np.cos(np.pi * x)) + (1 - shape) * x
    return low * ratio ** x


def three_tone(generator, t):
    """Pitch of the French and Italian kind: a low note, then two or three higher ones in turn."""
    low = generator.uniform(350, 600)
    notes = low * np.array([1.0, *generator.uniform(1.1, 1.6, int(generator.integers(2, 4)))])
    lengths = generator.uniform(0.12, 0.9, len(notes))
    ends, at = np.cumsum(lengths), (t + generator.uniform(0, 3)) % lengths.sum()
    return smoothed(notes[np.searchsorted(ends, at)], generator.uniform(0.002, 0.02))


def siren(generator):
    """One siren or, now and then, two at once."""
    tone = one_siren(generator)
    if generator.random() < 0.15:
        other = one_siren(generator) * 10 ** (generator.uniform(-12, 0) / 20)
        count = min(len(tone), len(other))
        tone = tone[:count] + other[:count]
    return tone


def one_siren(generator):
    """Two-tone, three-tone, wail, yelp, phaser or a mechanical siren, some passing by with Doppler
    shift."""
    t = time_axis(generator.uniform(3.5, 6.0))
    kind = generator.choice(["two-tone", "three-tone", "wail", "yelp", "phaser", "slow",
                             "changing"], p=[0.3, 0.1, 0.25, 0.12, 0.06, 0.05, 0.12])
    if kind == "two-tone":
        pitch = two_tone(generator, t)
    elif kind == "three-tone":
        pitch = three_tone(generator, t)
    elif kind == "phaser":
        pitch = sweep(generator, t, generator.uniform(0.05, 0.15))
    elif kind == "slow":
        pitch = sweep(generator, t, generator.uniform(8.0, 20.0))
    elif kind == "wail":
        pitch = sweep(generator, t, generator.uniform(2.0, 8.0))
    elif kind == "yelp":
        pitch = sweep(generator, t, generator.uniform(0.2, 0.6))
    else:
        half = len(t) // 2
        pitch = np.concatenate([sweep(generator, t[:half], generator.uniform(2, 6)),
                                sweep(generator, t[half:], generator.uniform(0.2, 0.6))])
    gain = np.ones(len(t))
    if generator.random() < 0.5:
        along = generator.uniform(5, 25) * (t - generator.uniform(0, t[-1]))
        radius = np.hypot(along, generator.uniform(8, 40))
        speed = np.gradient(radius, t)
        pitch, gain = pitch / (1.0 + speed / 343.0), radius.min() / radius
    tone = harmonics(generator, pitch, int(generator.integers(2, 14)),
                     generator.uniform(1, 12), generator.choice([0, 8]))
    tone = np.tanh(generator.uniform(0.2, 2.5) * tone / np.abs(tone).max()) * gain
    return tone


def horn(generator):
    """One to four blasts of two (now and then one or three) rich reeds."""
    total = np.zeros(int(generator.uniform(3.0, 5.0) * RATE))
    base = generator.uniform(220, 560)
    ratios = [1.0, generator.uniform(1.12, 1.35), generator.uniform(1.4, 1.6)]
    ratios = ratios[:generator.choice([1, 2, 3], p=[0.2, 0.65, 0.15])]
    tilt, count = generator.uniform(-1.5, 5), int(generator.integers(8, 22))
    drive = generator.uniform(0.3, 2.0)
    at = generator.uniform(0.1, 1.0)
    for _ in range(generator.integers(1, 5)):
        seconds = float(np.exp(generator.uniform(np.log(0.12), np.log(2.0))))
        t = time_axis(seconds)
        bend = 1.0 - generator.uniform(0, 0.04) * np.exp(-t / generator.uniform(0.01, 0.06))
        state = generator.bit_generator.state
        blast = np.zeros(len(t))
        for ratio in ratios:
            generator.bit_generator.state = state     # every blast has one timbre
            blast += harmonics(generator, base * ratio * bend, count, tilt)
        blast = np.tanh(drive * blast / np.abs(blast).max())
        gate = np.minimum(1, np.minimum(t / generator.uniform(0.004, 0.03),
                                        (seconds - t) / generator.uniform(0.01, 0.08)))
        first = int(at * RATE)
        piece = (blast * np.clip(gate, 0, 1))[:max(0, len(total) - first)]
        total[first:first + len(piece)] += piece
        at += seconds + generator.uniform(0.08, 0.9)
    return total


# On and off in seconds, again and again. ISO 8201 (three pulses, evacuate), UL 2034
# (four, carbon monoxide), and what clocks, ovens and reversing lorries do.
def pulses(generator):
    """(on, off) in seconds, one after the other, of one round of an alarm."""
    kind = generator.choice(["T3", "T4", "steady", "clock", "beeps", "chirp"],
                            p=[0.28, 0.12, 0.3, 0.14, 0.1, 0.06])
    if kind == "T3":
        return np.array([0.5, 0.5, 0.5, 0.5, 0.5, 1.5]) * generator.uniform(0.9, 1.1)
    if kind == "T4":
        return np.array([0.1, 0.1] * 3 + [0.1, generator.uniform(1.0, 5.0)])
    if kind == "steady":
        return np.exp(generator.uniform(-2.5, 0.2, 2))
    if kind == "clock":
        beep, count = generator.uniform(0.04, 0.1), int(generator.integers(2, 5))
        return np.array([beep, beep] * (count - 1) + [beep, generator.uniform(0.3, 0.8)])
    if kind == "beeps":
        beep, count = generator.uniform(0.1, 0.8), int(generator.integers(1, 6))
        return np.array([beep, beep * generator.uniform(0.4, 1.2)] * (count - 1) + [beep, 4.0])
    return np.array([generator.uniform(0.03, 0.12), 60.0])


def alarm_pitch(generator, t):
    """The pitch of an alarm, in hertz, [samples]: a piezo, a low square wave, a warble, a sweep."""
    kind = generator.choice(["piezo", "low", "beeper", "warble", "sweep"],
                            p=[0.42, 0.1, 0.18, 0.15, 0.15])
    if kind == "piezo":
        drift = 1.0 + generator.uniform(0, 0.01) * np.sin(2 * np.pi * generator.uniform(2, 30) * t)
        return generator.uniform(2300, 4200) * drift
    if kind == "low":
        return np.full(len(t), generator.uniform(100, 560))
    if kind == "beeper":
        return np.full(len(t), generator.uniform(700, 2300))
    if kind == "warble":
        high = (t * generator.uniform(3, 26)) % 1.0 < 0.5
        return generator.uniform(600, 2800) * np.where(high, generator.uniform(1.05, 1.6), 1.0)
    return sweep(generator, t, generator.uniform(0.06, 0.8)) * generator.uniform(1.0, 2.5)


def bell(generator, t):
    """A ringing bell: partials out of tune, struck 12 to 30 times a second."""
    strokes = ((t * generator.uniform(12, 30)) % 1.0)
    base, tone = generator.uniform(700, 2200), np.zeros(len(t))
    for ratio in (1.0, 1.51, 2.0, 2.41, 2.98, 4.16):
        partial = base * ratio * generator.uniform(0.97, 1.03)
        if partial < 7800:
            tone += generator.uniform(0.2, 1.0) * np.sin(2 * np.pi * partial * t)
    return tone * np.exp(-generator.uniform(0.5, 4) * strokes)


def alarm(generator):
    """Smoke and gas alarms, clocks, ovens, telephones, car and house alarms, reversing beepers."""
    t = time_axis(generator.uniform(4.0, 6.0))
    if generator.random() < 0.12:
        tone = bell(generator, t)
    else:
        rich = generator.random() < 0.4
        tone = harmonics(generator, alarm_pitch(generator, t), 20 if rich else 4,
                         generator.uniform(2, 8) if rich else generator.uniform(10, 25),
                         generator.choice([0, 15]))
    on_off = pulses(generator)
    ends = np.cumsum(on_off)
    at = (t + generator.uniform(0, ends[-1]) * (on_off[-1] < 2)) % ends[-1]
    gate = (np.searchsorted(ends, at, side="right") % 2 == 0).astype(float)
    return tone * smoothed(gate, generator.uniform(0.001, 0.008))


def syllable(generator):
    """One bird syllable: a glide, trill or whistle of 30 to 300 ms between 1.8 and 7.5 kHz."""
    seconds = float(np.exp(generator.uniform(np.log(0.03), np.log(0.3))))
    t = time_axis(seconds)
    x = t / seconds
    pitch = generator.uniform(1800, 6500) * generator.uniform(0.6, 1.6) ** x
    pitch = pitch * (1 + generator.normal(0, 0.15) * np.sin(np.pi * x))
    if generator.random() < 0.5:
        pitch = pitch * (1 + generator.uniform(0, 0.12)
                         * np.sin(2 * np.pi * generator.uniform(15, 80) * t))
    pitch = np.clip(pitch, 1200, 7600)
    envelope = np.sin(np.pi * x) ** generator.uniform(0.3, 2.0)
    return envelope * harmonics(generator, pitch, int(generator.integers(1, 4)),
                                generator.uniform(12, 30))


def bird(generator):
    """Phrases of syllables; a phrase repeats a few syllables of one bird."""
    total = np.zeros(int(generator.uniform(3.5, 6.0) * RATE))
    at = generator.uniform(0.0, 0.8)
    vocabulary = [syllable(generator) for _ in range(generator.integers(1, 5))]
    while at < len(total) / RATE - 0.3:
        gap = generator.uniform(0.02, 0.2)
        for _ in range(generator.integers(2, 12)):
            note = vocabulary[generator.integers(len(vocabulary))]
            first = int(at * RATE)
            piece = note[:max(0, len(total) - first)] * generator.uniform(0.4, 1.0)
            total[first:first + len(piece)] += piece
            at += len(note) / RATE + gap * generator.uniform(0.8, 1.2)
        at += generator.uniform(0.2, 1.5)
    return total


def band_noise(generator, count, low, high):
    """Noise between two frequencies in hertz, of unit variance, [count]."""
    band = butter(2, [low, min(high, 7800.0)], "bandpass", fs=RATE, output="sos")
    noise = sosfilt(band, generator.standard_normal(count))
    return noise / np.std(noise)


def cricket(generator, t):
    """Chirps of a few short tones, or a trill that does not end."""
    pitch = generator.uniform(2300, 7000)
    tone = np.sin(2 * np.pi * pitch * t * (1 + 0.002 * slow_noise(generator, len(t), 1.0)))
    rate = generator.uniform(18, 65)                           # of the tones
    envelope = np.sin(np.pi * ((t * rate) % 1.0)) ** generator.uniform(0.7, 4.0)
    if generator.random() < 0.65:
        chirps = generator.uniform(0.7, 4.0)                   # a second
        tones = min(generator.integers(2, 7), 0.8 * rate / chirps)
        envelope = envelope * (((t * chirps + generator.uniform(0, 1)) % 1.0) * rate / chirps
                               < tones)
    return tone * envelope


def cicada(generator, t):
    """Hissing that is beaten fast and swells, or bursts of it."""
    low = generator.uniform(2500, 5500)
    noise = band_noise(generator, len(t), low, low * generator.uniform(1.15, 1.9))
    beat = np.sin(np.pi * ((t * generator.uniform(40, 220)) % 1.0)) ** generator.uniform(0.3, 3)
    if generator.random() < 0.4:
        beat = beat * (((t * generator.uniform(0.5, 3)) % 1.0) < generator.uniform(0.15, 0.6))
    return noise * beat * (1 + 0.4 * np.tanh(slow_noise(generator, len(t), 0.7)))


def insects(generator):
    """One to four crickets or cicadas in the noise of a night."""
    t = time_axis(generator.uniform(3.5, 6.0))
    kind = cricket if generator.random() < 0.75 else cicada
    total = 0.03 * band_noise(generator, len(t), 60, generator.uniform(500, 5000))
    for _ in range(generator.integers(1, 5)):
        total += 10 ** (generator.uniform(-15, 0) / 20) * kind(generator, t)
    return total


def drops(generator, t):
    """Drops on something that rings: damped tones of six pitches at random times."""
    count = generator.poisson(np.exp(generator.uniform(np.log(40), np.log(800))) * t[-1])
    at, loud = generator.integers(0, len(t), count), np.exp(generator.normal(0, 1, count))
    decay = np.exp(generator.uniform(np.log(0.0004), np.log(0.004)))
    ring, total = time_axis(6 * decay + 0.001), np.zeros(len(t))
    for part in np.array_split(np.arange(count), 6):
        blows = np.bincount(at[part], loud[part], len(t))
        pitch = np.exp(generator.uniform(np.log(500), np.log(6500)))
        total += fftconvolve(blows, np.exp(-ring / decay) * np.sin(2 * np.pi * pitch * ring)
                             )[:len(t)]
    return total


def rain(generator):
    """Drops nearby, on leaves, a tent or a window sill, and the hiss of those farther away."""
    t = time_axis(generator.uniform(4.0, 6.0))
    near = drops(generator, t)
    hiss = band_noise(generator, len(t), generator.uniform(300, 2000), 7500)
    return near / np.std(near) + hiss * 10 ** (generator.uniform(-18, 0) / 20)


def tonal_distractor(generator):
    """Steady or drifting tones and hums that are no siren: labelled as nothing."""
    t = time_axis(generator.uniform(3.0, 6.0))
    mains = generator.random() < 0.5
    base = generator.choice([50.0, 60.0]) if mains else np.exp(generator.uniform(4.5, 8.2))
    pitch = base * (1 + 0.002 * slow_noise(generator, len(t), 0.5))
    return harmonics(generator, pitch, int(generator.integers(1, 16)),
                     generator.uniform(2, 9), generator.choice([0, 10]))


def room(generator, samples):
    """Random reverberation and a random band, as of a far source and a cheap microphone."""
    if generator.random() < 0.8:
        seconds = generator.uniform(0.15, 1.8)
        t = time_axis(seconds)
        tail = generator.standard_normal(len(t)) * 10 ** (-3 * t / seconds)
        tail = sosfilt(butter(1, generator.uniform(1500, 7000), fs=RATE, output="sos"), tail)
        tail *= 10 ** (generator.uniform(-15, 3) / 20) / np.sqrt(np.sum(tail ** 2))
        samples = samples + fftconvolve(samples, tail)[:len(samples)]
    low, high = generator.uniform(60, 300), generator.uniform(4000, 7900)
    samples = sosfilt(butter(1, [low, high], "bandpass", fs=RATE, output="sos"), samples)
    return samples / np.abs(samples).max()


MAKERS = {"siren": siren, "car_horn": horn, "alarm": alarm, "bird": bird, "insect": insects,
          "rain": rain, "": tonal_distractor}


def make(label, generator):
    """A random clip of `label` ("" is a distractor), float32 samples at 16 kHz, peak 1."""
    return room(generator, MAKERS[label](generator)).astype(np.float32)
