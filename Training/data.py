"""Random scenes of overlapping sounds, mixed as mel power, with targets for each step.

Powers of independent sounds add, so a scene is a sum of clips, each with its own gain,
colour, reverberation and place in time, over noise, heard through a random microphone.
"""

import numpy as np
import torch
from scipy.signal import lfilter

import features
from corpus import STEP_FRAMES, at_frames

SEGMENT_FRAMES = 800
AUDIBLE = 0.2          # share of a band's power that makes a sound audible there
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

        Returns power [frames, bands] of loudness 1, own, trust [frames], others [frames, labels].
        """
        generator, clip = self.generator, self.clips[number]
        power, own, trust = clip.power, clip.own, clip.trust
        others = at_frames(clip.others, len(power))
        if len(power) > SEGMENT_FRAMES:
            first = generator.integers(len(power) - SEGMENT_FRAMES)
            part = slice(first, first + SEGMENT_FRAMES)
            power, own, trust, others = power[part], own[part], trust[part], others[part]
        if generator.random() < 0.4:
            speed = generator.uniform(0.85, 1.18)
            index = np.arange(0, len(power) - 0.5, speed).astype(int)
            power, own, trust, others = power[index], own[index], trust[index], others[index]
        power = power * np.float32(1.0 / self.loudness[number])
        if generator.random() < 0.4:
            power = shift_bands(power, generator.normal(0, 1.2))
        if generator.random() < 0.6:
            power = power * colour(generator, 3.0).astype(np.float32)
        if generator.random() < 0.3:
            power = reverberate(generator, power).astype(np.float32)
        return power, own, trust, others

    def place(self, number, level, looped, frames):
        """A varied clip of `level` dB somewhere in a scene of `frames` frames.

        Returns power, own, trust and others on the frames of the scene.
        """
        power, own, trust, others = self.varied(number)
        scene = (np.zeros((frames, features.BANDS), np.float32), np.zeros(frames, np.float32),
                 np.ones(frames, np.float32), np.zeros((frames, self.labels), np.float32))
        count = len(power)
        if looped or count >= frames:
            index = (np.arange(frames) + self.generator.integers(count)) % count
            target = slice(0, frames)
        else:
            first = int(self.generator.integers(-count // 3, frames - count // 2))
            index = np.arange(max(0, -first), min(count, frames - first))
            target = slice(max(0, first), max(0, first) + len(index))
        scene[0][target] = power[index] * np.float32(gain(level))
        for whole, piece in zip(scene[1:], (own, trust, others)):
            whole[target] = piece[index]
        return scene

    def noise(self, frames):
        """Stationary noise of a random spectrum, [frames, bands], mean power about 1."""
        first = self.generator.integers(len(self.white) - frames)
        tilt = gain(self.generator.uniform(-6, 1.5) * OCTAVE)
        shape = tilt * colour(self.generator, 3.0)
        return self.white[first:first + frames] * (shape / shape.sum()).astype(np.float32)

    def layers(self, frames):
        """The sounds of a scene: list of (clip label, power, own, trust, others)."""
        generator = self.generator
        events = generator.choice([0, 1, 2, 3], p=[0.07, 0.43, 0.32, 0.18])
        chosen = []
        for position in range(events):
            label = self.draw_label()
            level = 0.0 if position == 0 else generator.normal(-5, 6)
            chosen.append((self.draw_clip(label), level, generator.random() < 0.15))
        if generator.random() < 0.35:
            label = -1 if generator.random() < 0.6 else self.draw_label()
            chosen.append((self.draw_clip(label), -generator.uniform(-5, 30), True))
        return [(self.clips[number].label, *self.place(number, level, looped, frames))
                for number, level, looped in chosen]

    def scene(self, frames=SEGMENT_FRAMES):
        """(log-mel [frames, bands], targets and weights [steps, labels])."""
        generator = self.generator
        layers = self.layers(frames)
        rest = np.zeros((frames, features.BANDS), np.float32)
        if generator.random() < 0.55:
            rest += self.noise(frames) * np.float32(gain(-generator.uniform(-5, 40)))
        microphone = colour(generator, generator.uniform(0, 4))
        if generator.random() < 0.35:
            microphone = microphone * band_limit(generator)
        level = gain(generator.uniform(-62, -3))
        response = (microphone * level).astype(np.float32)
        total = sum((layer[1] for layer in layers), rest) * response
        if generator.random() < 0.85:
            total += self.noise(frames) * np.float32(gain(generator.uniform(-105, -62)))
        target, weight = self.targets(layers, total, response)
        logmel = features.log_mel(total).astype(np.float32)
        self.mask(logmel)
        return logmel, target, weight

    def targets(self, layers, total, response):
        """Targets and weights, [steps, labels], of the layers in the mix `total`."""
        frames = len(total)
        target = np.zeros((frames, self.labels), np.float32)
        weight = np.ones((frames, self.labels), np.float32)
        for label, power, own, trust, others in layers:
            heard = power * response
            audible = ((heard > AUDIBLE * total) & (heard > FAINT_POWER)).sum(axis=1) >= 2
            # What the teacher hears behind a clip is a soft target of low weight.
            behind = others * audible[:, None]
            if label >= 0:
                behind[:, label] = 0.0
            soft = (behind > 0.25) & (behind > target)
            target[soft] = behind[soft]
            weight[soft] = 0.3
            if label >= 0:
                sounding = own > 0
                sure = np.where(audible, trust, 0.0)
                fresh = sounding & (sure > 0)
                target[fresh, label] = 1.0
                weight[fresh, label] = np.where(target[fresh, label] > 0, sure[fresh], 1.0)
                doubtful = ~fresh & (target[:, label] < 1.0)
                limit = np.where(sounding, 0.0, trust)
                weight[doubtful, label] = np.minimum(weight[doubtful, label], limit[doubtful])
        steps = (frames // STEP_FRAMES, STEP_FRAMES, self.labels)
        return target.reshape(steps).max(axis=1), weight.reshape(steps).mean(axis=1)

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


class Scenes(torch.utils.data.IterableDataset):
    """Endless batches (log-mel [batch, frames, bands], target, weight [batch, steps, labels])."""

    def __init__(self, clips, labels, batch, seed, delay_steps):
        super().__init__()
        self.clips, self.labels = clips, labels
        self.batch, self.seed, self.delay = batch, seed, delay_steps

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        mixer = Mixer(self.clips, self.labels, self.seed + 7919 * (worker.id if worker else 0))
        while True:
            yield batch_of(mixer, self.batch, self.delay)


def delayed(values, steps, fill):
    """`values` [steps, labels] moved `steps` later, as the network answers that late."""
    moved = np.full_like(values, fill)
    moved[steps:] = values[:len(values) - steps]
    return moved


def batch_of(mixer, count, delay_steps, frames=SEGMENT_FRAMES):
    """A batch of scenes as tensors; the first, unknown steps have weight 0."""
    scenes = [mixer.scene(frames) for _ in range(count)]
    return (torch.from_numpy(np.stack([s[0] for s in scenes])),
            torch.from_numpy(np.stack([delayed(s[1], delay_steps, 0.0) for s in scenes])),
            torch.from_numpy(np.stack([delayed(s[2], delay_steps, 0.0) for s in scenes])))
