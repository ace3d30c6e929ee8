"""Random scenes of overlapping sounds, mixed as mel power, with targets for each step.

Powers of independent sounds add, so a scene is a sum of clips, each with its own gain,
colour, reverberation and place in time, over noise, heard through a random microphone.
"""

import numpy as np
import torch
from scipy.signal import lfilter

import features
from corpus import STEP_FRAMES, half_seconds

SEGMENT_FRAMES = 800
AUDIBLE = 0.25         # share of a band's power that makes a sound audible there
FAINT_POWER = 1e-9     # band power under which nothing is to be heard (-90 dBFS)
BAND_HERTZ = features.mel_to_hertz(
    np.linspace(features.hertz_to_mel(features.LOW_HERTZ),
                features.hertz_to_mel(features.HIGH_HERTZ), features.BANDS + 2))[1:-1]
OCTAVE = np.log2(BAND_HERTZ / 1000.0)


def gain(decibels):
    """The power ratio of `decibels`."""
    return 10.0 ** (np.asarray(decibels) / 10.0)


def colour(generator, spread):
    """A smooth random power response, [bands], of about `spread` dB and a random tilt."""
    knots = generator.normal(0, spread, 8)
    smooth = np.interp(np.arange(features.BANDS), np.linspace(0, features.BANDS - 1, 8), knots)
    return gain(smooth + generator.normal(0, 0.5 * spread) * OCTAVE)


def band_limit(generator):
    """A steep random low-pass power response, [bands], between 2.8 and 7.5 kHz."""
    cutoff = np.log2(generator.uniform(2.8, 7.5))
    return gain(-np.clip((OCTAVE - cutoff) * generator.uniform(40, 300), 0, 90))


def reverberate(generator, power):
    """Diffuse late power: each band decays by 60 dB in 0.2 to 2 s."""
    decay = gain(-60.0 * features.HOP_SECONDS / generator.uniform(0.2, 2.0))
    late = lfilter([0.0, 1.0 - decay], [1.0, -decay], power, axis=0)
    return power + gain(generator.uniform(-12, 4)) * late


def shift_bands(power, bands):
    """The spectrum moved by a fraction of bands, [frames, bands]."""
    index = np.clip(np.arange(features.BANDS) - bands, 0, features.BANDS - 1)
    low = index.astype(int)
    high = np.minimum(low + 1, features.BANDS - 1)
    part = (index - low).astype(np.float32)
    return power[:, low] * (1 - part) + power[:, high] * part


class Mixer:
    """Draws scenes from `clips`; one random generator, so a seed fixes the sequence."""

    events = (0.07, 0.53, 0.28, 0.12)     # shares of scenes with 0, 1, 2, 3 sounds
    bed_share = 0.35                      # share of scenes with a further, looped sound
    noise_ratio = (-5.0, 40.0)            # dB of the first sound over stationary noise
    level = (-62.0, -3.0)                 # dB of the first sound at the microphone

    def __init__(self, clips, labels, seed):
        self.generator = np.random.default_rng(seed)
        self.labels = labels
        self.clips = clips
        self.loudness = [float(np.percentile(c.power.sum(axis=1), 95)) + 1e-12 for c in clips]
        self.real, self.synthetic = {}, {}
        for number, clip in enumerate(clips):
            kind = self.synthetic if clip.dataset == "synthetic" else self.real
            kind.setdefault(clip.label, {}).setdefault(clip.source, []).append(number)
        white = self.generator.standard_normal(60 * 16000)
        self.white = features.mel_power(white, 16000)
        self.white /= self.white.mean()

    def draw_clip(self, label):
        """A random clip of `label`: recordings first, so that long ones do not dominate."""
        pools = self.synthetic if (label in self.synthetic
                                   and self.generator.random() < 0.3) else self.real
        sources = list(pools[label].values())
        # A recording counts with the square root of its clips.
        weights = np.sqrt([len(s) for s in sources])
        source = sources[self.generator.choice(len(sources), p=weights / weights.sum())]
        return source[self.generator.integers(len(source))]

    def draw_label(self):
        """A label, all alike, or in one draw of seven none of them."""
        return -1 if self.generator.random() < 0.14 else int(
            self.generator.integers(self.labels))

    def varied(self, number):
        """A clip changed in speed, pitch, colour and room.

        Returns power [frames, bands] of loudness 1, own, trust and half [frames].
        """
        generator, clip = self.generator, self.clips[number]
        power, own, trust = clip.power, clip.own, clip.trust
        half = half_seconds(clip)
        if len(power) > SEGMENT_FRAMES:
            first = generator.integers(len(power) - SEGMENT_FRAMES)
            part = slice(first, first + SEGMENT_FRAMES)
            power, own, trust, half = power[part], own[part], trust[part], half[part]
        if generator.random() < 0.4:
            speed = generator.uniform(0.85, 1.18)
            index = np.arange(0, len(power) - 0.5, speed).astype(int)
            power, own, trust, half = power[index], own[index], trust[index], half[index]
        power = power * np.float32(1.0 / self.loudness[number])
        if generator.random() < 0.4:
            power = shift_bands(power, generator.normal(0, 1.2))
        if generator.random() < 0.6:
            power = power * colour(generator, 3.0).astype(np.float32)
        if generator.random() < 0.3:
            power = reverberate(generator, power).astype(np.float32)
        return power, own, trust, half

    def place(self, number, level, looped, frames):
        """A varied clip of `level` dB somewhere in a scene of `frames` frames.

        Returns power [frames, bands]; own, trust [frames]; half [frames], the row in the
        clip's `others` or -1 where the clip is absent.
        """
        power, own, trust, half = self.varied(number)
        scene = (np.zeros((frames, features.BANDS), np.float32), np.zeros(frames, np.float32),
                 np.ones(frames, np.float32), np.full(frames, -1))
        count = len(power)
        if looped or count >= frames:
            index = (np.arange(frames) + self.generator.integers(count)) % count
            target = slice(0, frames)
        else:
            first = int(self.generator.integers(-count // 3, frames - count // 2))
            index = np.arange(max(0, -first), min(count, frames - first))
            target = slice(max(0, first), max(0, first) + len(index))
        scene[0][target] = power[index] * np.float32(gain(level))
        for whole, piece in zip(scene[1:], (own, trust, half)):
            whole[target] = piece[index]
        return scene

    def noise(self, frames):
        """Stationary noise of a random spectrum, [frames, bands], mean power about 1."""
        first = self.generator.integers(len(self.white) - frames)
        tilt = gain(self.generator.uniform(-6, 1.5) * OCTAVE)
        shape = tilt * colour(self.generator, 3.0)
        return self.white[first:first + frames] * (shape / shape.sum()).astype(np.float32)

    def layers(self, frames):
        """The sounds of a scene: list of (clip, power, own, trust, half)."""
        generator = self.generator
        events = generator.choice(4, p=self.events)
        chosen = []
        for position in range(events):
            label = self.draw_label()
            level = 0.0 if position == 0 else generator.normal(-5, 6)
            chosen.append((self.draw_clip(label), level, generator.random() < 0.15))
        if generator.random() < self.bed_share:
            label = -1 if generator.random() < 0.6 else self.draw_label()
            chosen.append((self.draw_clip(label), -generator.uniform(-5, 30), True))
        return [(self.clips[number], *self.place(number, level, looped, frames))
                for number, level, looped in chosen]

    def scene(self, frames=SEGMENT_FRAMES):
        """(log-mel [frames, bands], targets and weights [steps, columns])."""
        generator = self.generator
        layers = self.layers(frames)
        rest = np.zeros((frames, features.BANDS), np.float32)
        if generator.random() < 0.55:
            rest += self.noise(frames) * np.float32(gain(-generator.uniform(*self.noise_ratio)))
        microphone = colour(generator, generator.uniform(0, 4))
        if generator.random() < 0.35:
            microphone = microphone * band_limit(generator)
        level = gain(generator.uniform(*self.level))
        response = (microphone * level).astype(np.float32)
        total = sum((layer[1] for layer in layers), rest) * response
        if generator.random() < 0.85:
            total += self.noise(frames) * np.float32(gain(generator.uniform(-105, -62)))
        target, weight = self.targets(layers, total, response)
        logmel = features.log_mel(total).astype(np.float32)
        self.mask(logmel)
        return logmel, target, weight

    def targets(self, layers, total, response):
        """Targets and weights of the layers in the mix `total`, [steps, columns].

        The columns are the labels and, in `clips.others`, the teacher's further classes.
        """
        steps = len(total) // STEP_FRAMES
        columns = self.clips[0].others.shape[1]
        target = np.zeros((steps, columns), np.float32)
        weight = np.ones((steps, columns), np.float32)
        for clip, power, own, trust, half in layers:
            heard = power * response
            audible = ((heard > AUDIBLE * total) & (heard > FAINT_POWER)).sum(axis=1) >= 2
            audible = audible.reshape(steps, STEP_FRAMES).any(axis=1)
            own, trust, half = (a[1::STEP_FRAMES] for a in (own, trust, half))
            self.add_teacher(target, weight, clip, np.where(audible, half, -1))
            if clip.label >= 0:
                add_own(target[:, clip.label], weight[:, clip.label], own > 0, trust, audible)
        return target, weight

    def add_teacher(self, target, weight, clip, half):
        """Puts what the teacher hears in `clip` into target and weight, both in place.

        For the labels it is a soft target of low weight, and only where it is likely. The
        clip's own label is left out. `half` [steps] is -1 where the clip is not to be heard.
        """
        here = half >= 0
        scores = np.where(here[:, None], clip.others[half], 0.0)        # [steps, columns]
        unknown = np.isnan(scores)
        scores[unknown] = 0.0
        labels, rest = slice(0, self.labels), slice(self.labels, None)
        weight[:, rest][unknown[:, rest]] = 0.0
        np.maximum(target[:, rest], scores[:, rest], out=target[:, rest])
        behind = scores[:, labels]
        if clip.label >= 0:
            behind[:, clip.label] = 0.0
        soft = (behind > 0.25) & (behind > target[:, labels])
        target[:, labels][soft] = behind[soft]
        weight[:, labels][soft] = 0.3

    def mask(self, logmel):
        """Blanks a random stripe of bands or of time in one scene of four."""
        generator = self.generator
        if generator.random() < 0.2:
            width = int(generator.integers(2, 10))
            first = int(generator.integers(features.BANDS - width))
            logmel[:, first:first + width] = logmel.min()
        if generator.random() < 0.05:
            width = int(generator.integers(5, 60))
            first = int(generator.integers(len(logmel) - width))
            logmel[first:first + width] = np.log(features.FLOOR)


def add_own(target, weight, sounding, trust, audible):
    """Puts a clip's own label into the column target and weight [steps], both in place."""
    sure = sounding & audible & (trust > 0)
    weight[sure] = np.where(target[sure] == 1.0, np.maximum(weight[sure], trust[sure]),
                            trust[sure])
    target[sure] = 1.0
    doubtful = ~sure & (target < 1.0)
    limit = np.where(sounding, 0.0, trust)
    weight[doubtful] = np.minimum(weight[doubtful], limit[doubtful])


def delayed(values, steps, fill):
    """`values` [steps, columns] moved `steps` later, as the network answers that late."""
    moved = np.full_like(values, fill)
    moved[steps:] = values[:len(values) - steps]
    return moved


def batch_of(mixer, count, delay_steps, frames=SEGMENT_FRAMES):
    """A batch of scenes as tensors; the first, unknown steps have weight 0."""
    scenes = [mixer.scene(frames) for _ in range(count)]
    return (torch.from_numpy(np.stack([s[0] for s in scenes])),
            torch.from_numpy(np.stack([delayed(s[1], delay_steps, 0.0) for s in scenes])),
            torch.from_numpy(np.stack([delayed(s[2], delay_steps, 0.0) for s in scenes])))
