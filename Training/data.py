"""Random scenes of overlapping sounds, mixed as mel power, with targets for each step.

Powers of independent sounds add, so a scene is a sum of recordings, each with its own gain,
colour, distance, room and place in time, over a background, heard through a random microphone.
"""

import numpy as np
import torch
from scipy.signal import lfilter

import features
import teacher
from corpus import STEP_FRAMES, half_seconds, mel_columns

SEGMENT_FRAMES = 1000
PIECE_FRAMES = 500     # of one recording in a scene, at most
AUDIBLE = 0.25         # share of a band's power that makes a sound audible there
ALONE = 0.6            # mean share of the bands' powers with which a sound is heard by itself
MASKED_WEIGHT = 0.25   # of a target where the sound is masked by others
BAND_HERTZ = features.mel_to_hertz(
    np.linspace(features.hertz_to_mel(features.LOW_HERTZ),
                features.hertz_to_mel(features.HIGH_HERTZ), features.BANDS + 2))[1:-1]
# Of the columns of `Clip.columns`: the bands of the network, then those of its teacher.
COLUMN_HERTZ = np.concatenate([BAND_HERTZ, teacher.BAND_HERTZ])
OCTAVE = np.log2(COLUMN_HERTZ / 1000.0)
# Each column's place among the bands of the network, which are evenly spaced in mel.
PLACE = ((features.hertz_to_mel(COLUMN_HERTZ) - features.hertz_to_mel(BAND_HERTZ[0]))
         / (features.hertz_to_mel(BAND_HERTZ[1]) - features.hertz_to_mel(BAND_HERTZ[0])))
# Decibels that 100 m of air at 20 degrees and 50 % humidity take: ISO 9613-1, about 0.5 dB at
# 1 kHz and 10 dB at 8 kHz, with f^1.45 between.
AIR_DECIBELS = 0.5 * (COLUMN_HERTZ / 1000.0) ** 1.45
FRONT_ENDS = {"levels": features.levelled,
              "level": lambda logmel, history: features.levelled(logmel, history)[..., :1],
              "pcen": lambda logmel, history: features.pcen(logmel)}


def gain(decibels):
    """The power ratio of `decibels`."""
    return 10.0 ** (np.asarray(decibels) / 10.0)


def colour(generator, spread):
    """A smooth random power response, [columns], of about `spread` dB and a random tilt."""
    knots = generator.normal(0, spread, 8)
    smooth = np.interp(PLACE, np.linspace(0, features.BANDS - 1, 8), knots)
    return gain(smooth + generator.normal(0, 0.5 * spread) * OCTAVE).astype(np.float32)


def band_limit(generator):
    """A steep random low-pass power response, [columns], between 2.8 and 7.5 kHz, at times with a
    high-pass up to 400 Hz."""
    cutoff = np.log2(generator.uniform(2.8, 7.5))
    loss = np.clip((OCTAVE - cutoff) * generator.uniform(40, 300), 0, 90)
    if generator.random() < 0.4:
        low = np.log2(generator.uniform(0.06, 0.4))
        loss = loss + np.clip((low - OCTAVE) * generator.uniform(6, 40), 0, 60)
    return gain(-loss).astype(np.float32)


def reverberate(generator, power):
    """Diffuse late power: each band decays by 60 dB in 0.2 to 2 s."""
    decay = gain(-60.0 * features.HOP_SECONDS / generator.uniform(0.2, 2.0))
    late = lfilter([0.0, 1.0 - decay], [1.0, -decay], power, axis=0)
    return (power + gain(generator.uniform(-12, 0)) * late).astype(np.float32)


def shift_bands(power, bands):
    """The spectrum moved by a fraction of the network's bands, [frames, columns]."""
    own = moved(power[:, :features.BANDS], bands)
    if power.shape[1] == features.BANDS:
        return own
    closer = (PLACE[features.BANDS + 1] - PLACE[features.BANDS])      # the teacher's bands are
    return np.hstack([own, moved(power[:, features.BANDS:], bands / closer)])


def moved(power, bands):
    """`power` [frames, bands] moved up by a fraction of bands."""
    count = power.shape[1]
    index = np.clip(np.arange(count) - bands, 0, count - 1)
    low = index.astype(int)
    high = np.minimum(low + 1, count - 1)
    part = (index - low).astype(np.float32)
    return power[:, low] * (1 - part) + power[:, high] * part


def loudness(power):
    """The power of each frame as the network hears it, [frames]."""
    return power[:, :features.BANDS].sum(axis=1)


class StationaryNoise:
    """Draws stationary noise of random spectra."""

    def __init__(self, columns, seconds=60):
        white = np.random.default_rng(1).standard_normal(seconds * 16000)
        self.white = mel_columns(white, columns > features.BANDS)

    def draw(self, generator, frames):
        """[frames, columns], mean power 1."""
        first = generator.integers(len(self.white) - frames)
        shape = gain(generator.uniform(-7, 1) * OCTAVE) * colour(generator, 2.5)
        noise = self.white[first:first + frames] * shape[:self.white.shape[1]].astype(np.float32)
        return noise * np.float32(frames / loudness(noise).sum())


class Layer:
    """A piece of a recording in a scene: power [frames, columns], active and trust [frames], row in
    the clip's `others` [frames], all from frame `first` of the scene on."""

    def __init__(self, clip, first, power, active, trust, half):
        self.clip, self.first, self.power = clip, first, power
        self.active, self.trust, self.half = active, trust, half

    def inside(self, frames):
        """The layer without what lies outside a scene of `frames` frames."""
        low, high = max(0, -self.first), max(0, min(len(self.power), frames - self.first))
        return Layer(self.clip, max(0, self.first), *(a[low:high] for a in (
            self.power, self.active, self.trust, self.half)))


class Mixer:
    """Draws scenes from `clips`. A scene depends on its number and the mixer's seed alone, so
    training can go on from any step."""

    sounds = (0.08, 0.27, 0.33, 0.22, 0.10)   # shares of scenes with 0 to 4 sounds
    other_share = 0.22                        # of the sounds, those without a label
    ratio = (-5.0, 25.0)                      # dB of an active sound over the background
    faint_share = 0.3                         # of the scenes over noise, those over a fainter one
    faint = (10.0, 40.0)                      # by so many dB, as where a sound was taken close
    level = (-85.0, -10.0)                    # dB of the background
    synthetic_share = 0.4                     # of the sounds of a label, those computed, at most
    synthetic_sounds = 600                    # of a label, if all its sounds were to be computed
    apart_sounds = (4, 8)                     # in a scene, where they are kept apart

    def __init__(self, clips, labels, seed, apart=False, targets=0):
        """With `apart` the sounds of a scene follow one another over noise: for labels of which
        only one holds at a time, such as words or genres. There are at least `targets` target
        columns: those of the labels and of the categories."""
        self.labels, self.seed, self.apart = labels, seed, apart
        self.columns = clips[0].columns.shape[1]
        self.width = max(labels, targets, 1 + max(c.category for c in clips))
        self.generator = np.random.default_rng(seed)
        self.real, self.synthetic = {}, {}
        for clip in clips:
            kind = self.synthetic if clip.dataset == "synthetic" else self.real
            origins = kind.setdefault(clip.label, {})
            origins.setdefault(clip.dataset, {}).setdefault(clip.source, []).append(clip)
        self.shares = {label: min(self.synthetic_share, len(origins["synthetic"])
                                  / self.synthetic_sounds)
                       for label, origins in self.synthetic.items()}
        self.known = sorted(label for label in self.real if label >= 0)
        self.stationary = StationaryNoise(self.columns)

    def begin(self, number):
        """The scenes that follow are those of `number`."""
        self.generator = np.random.default_rng([self.seed, number])

    def draw_clip(self, label):
        """A random rendition of a clip of `label`. An origin counts with the square root of its
        recordings, and a recording with that of its clips, so that none dominates."""
        generator = self.generator
        pools = self.synthetic if (label in self.synthetic and
                                   generator.random() < self.shares[label]) else self.real
        source = self.drawn_of(self.drawn_of(pools[label]))
        clip = source[generator.integers(len(source))]
        choice = generator.integers(1 + len(clip.renditions))
        return clip.renditions[choice - 1] if choice > 0 else clip

    def drawn_of(self, pools):
        """One of the values of `pools`, likelier by the square root of their sizes."""
        choices = list(pools.values())
        weights = np.sqrt([len(c) for c in choices])
        return choices[self.generator.choice(len(choices), p=weights / weights.sum())]

    def draw_label(self):
        """A label, all alike, or at times none of them."""
        if -1 in self.real and self.generator.random() < self.other_share:
            return -1
        return self.known[self.generator.integers(len(self.known))]

    def piece(self, clip):
        """(power, active, trust, half) of a part of `clip`, by name of the array's first axis.

        Two in three are cut where the sound begins and ends; the others keep what lies around
        it, faded in and out, so that the edges of a recording are not onsets.
        """
        generator = self.generator
        first, last = 0, len(clip.columns)
        places = np.flatnonzero(clip.active)
        cut = len(places) > 0 and generator.random() < 0.67
        if cut:
            first, last = places[0], places[-1] + 1
        if last - first > PIECE_FRAMES:
            begin = int(generator.integers(first, last - PIECE_FRAMES // 2))
            if cut:
                begin = places[np.searchsorted(places, min(begin, places[-1]))]
            first, last = begin, min(last, begin + PIECE_FRAMES)
        part = slice(first, last)
        power, active, trust, half = (a[part] for a in (
            clip.columns, clip.active, clip.trust, half_seconds(clip)))
        if not cut:
            length = min(len(power) // 2, int(generator.integers(3, 60)))
            ramp = ((np.arange(length) + 0.5) / length).astype(np.float32) ** 2
            power = power.copy()
            power[:length] *= ramp[:, None]
            power[len(power) - length:] *= ramp[::-1, None]
        if generator.random() < 0.5:
            index = np.arange(0, len(power) - 0.5, generator.uniform(0.75, 1.33)).astype(int)
            power, active, trust, half = power[index], active[index], trust[index], half[index]
        return power, active, trust, half

    def varied(self, power):
        """Mel power changed in pitch, colour, distance and room."""
        generator = self.generator
        if generator.random() < 0.6:
            power = shift_bands(power, generator.normal(0, 1.4))
        response = np.ones(len(PLACE), np.float32)
        if generator.random() < 0.6:
            response = response * colour(generator, 3.0)
        if generator.random() < 0.25:
            response = response * gain(-AIR_DECIBELS * generator.uniform(0, 3)).astype(np.float32)
        if generator.random() < 0.05:
            response = response * band_limit(generator)
        power = power * response[:self.columns]
        if generator.random() < 0.25:
            power = reverberate(generator, power)
        return power

    def sound(self, label, ratio, frames):
        """A `Layer` of `label`, `ratio` dB over a background of power 1, somewhere in a scene."""
        clip = self.draw_clip(label)
        power, active, trust, half = self.piece(clip)
        power = self.varied(power)
        loud = loudness(power)
        loud = loud[active].mean() if active.any() else loud.mean()
        power = power * np.float32(gain(ratio) / (loud + 1e-20))
        length = len(power)
        first = int(self.generator.integers(-length // 3, frames - length // 3))
        return Layer(clip, first, power, active, trust, half).inside(frames)

    def noise(self, frames):
        """Stationary noise of a random spectrum, [frames, columns], mean power 1."""
        return self.stationary.draw(self.generator, frames)

    def bed(self, label, frames):
        """A looped recording as a `Layer` of mean power 1 over the whole scene."""
        clip = self.draw_clip(label)
        places = np.flatnonzero(clip.active)
        first, last = (places[0], places[-1] + 1) if len(places) > 0 else (0, len(clip.columns))
        index = first + (np.arange(frames) + self.generator.integers(last - first)) % (last - first)
        power = self.varied(clip.columns[index])
        power = power * np.float32(frames / (loudness(power).sum() + 1e-20))
        return Layer(clip, 0, power, clip.active[index], clip.trust[index],
                     half_seconds(clip)[index])

    def background(self, frames):
        """(noise [frames, columns], list of layers) of power 1 together."""
        generator = self.generator
        noise, kind = self.noise(frames), generator.random()
        if generator.random() < 0.3:
            slow = np.interp(np.arange(frames), np.linspace(0, frames, 9),
                             generator.normal(0, 3, 9))
            noise = noise * gain(slow).astype(np.float32)[:, None]
        if kind < 0.55 or (kind < 0.85 and -1 not in self.real) or self.apart:
            return noise, []
        bed = self.bed(-1 if kind < 0.85 else self.draw_label(), frames)
        share = np.float32(gain(-generator.uniform(3, 20)))
        bed.power *= 1 - share
        return noise * share, [bed]

    def layers(self, frames):
        """(power of what is not named [frames, columns], layers) of a scene."""
        rest, layers = self.background(frames)
        if not layers and self.generator.random() < self.faint_share:
            rest *= np.float32(gain(-self.generator.uniform(*self.faint)))
        if self.apart:
            count = int(self.generator.integers(self.apart_sounds[0], self.apart_sounds[1] + 1))
            places = [(n * (frames // count), frames // count) for n in range(count)]
        else:
            count = self.generator.choice(len(self.sounds), p=self.sounds)
            places = [(0, frames)] * count
        for first, length in places:
            layer = self.sound(self.draw_label(), self.generator.uniform(*self.ratio), length)
            layer.first += first
            layers.append(layer)
        return rest, [layer for layer in layers if len(layer.power) > 0]

    def scene(self, frames=SEGMENT_FRAMES):
        """(log-mel [frames, bands], targets and weights [steps, labels and categories], mel power
        for the teacher [frames, bands])."""
        generator = self.generator
        total, layers = self.layers(frames)
        for layer in layers:
            total[layer.first:layer.first + len(layer.power)] += layer.power
        target, weight = self.targets(layers, total)
        if generator.random() < 0.1:
            # Digital silence, as at the start of a file or where a recorder gates.
            first = int(generator.integers(-frames // 2, frames))
            silent = slice(max(0, first), max(0, first + int(generator.integers(20, 400))))
            total[silent] = 0.0
            steps = slice(silent.start // STEP_FRAMES, -(-silent.stop // STEP_FRAMES))
            weight[steps] *= target[steps] == 0.0
        response = colour(generator, generator.uniform(0, 4))
        if generator.random() < 0.12:
            response = response * band_limit(generator)
        total *= response[:self.columns] * np.float32(gain(generator.uniform(*self.level)))
        if generator.random() < 0.85:
            total += self.noise(frames) * np.float32(gain(generator.uniform(-125, -75)))
        logmel = features.log_mel(total[:, :features.BANDS])
        self.mask(logmel)
        return logmel, target, weight, self.for_teacher(total)

    def for_teacher(self, total):
        """What the teacher hears of a scene, at a level that suits it: the loudest frames 8 to
        30 dB under full scale."""
        loudest = np.percentile(loudness(total), 95) + features.FLOOR
        wanted = 0.25 * gain(-self.generator.uniform(8, 30))
        return total[:, features.BANDS:] * np.float32(wanted / loudest)

    def targets(self, layers, total):
        """Targets and weights of the layers in the mix `total`, [steps, labels and categories]."""
        steps = len(total) // STEP_FRAMES
        target = np.zeros((steps, self.width), np.float32)
        weight = np.ones((steps, self.width), np.float32)
        for layer in layers:
            clip, frames = layer.clip, slice(layer.first, layer.first + len(layer.power))
            share = (layer.power / (total[frames] + 1e-30))[:, :features.BANDS]
            audible = (share > AUDIBLE).sum(axis=1) >= 2
            self.add_teacher(target, weight, layer,
                             on_steps(np.where(audible, layer.half, -1), layer.first, steps, -1))
            known = [on_steps(a, layer.first, steps, fill) for a, fill in (
                (layer.active, False), (layer.trust, -1.0), (audible, False))]
            for column in (clip.label, clip.category):
                if column >= 0:
                    add_own(target[:, column], weight[:, column], *known)
        return target, weight

    def add_teacher(self, target, weight, layer, half):
        """Puts what the teacher hears in a layer into target and weight, both in place.

        It is a soft target of low weight, and only where it is likely. The clip's own label is
        left out. `half` [steps] is -1 where the clip is not to be heard.
        """
        here = np.flatnonzero(half >= 0)
        behind = np.nan_to_num(layer.clip.others[half[here]])            # [here, labels]
        if layer.clip.label >= 0:
            behind[:, layer.clip.label] = 0.0
        row, column = np.nonzero((behind > 0.25) & (behind > target[here, :self.labels]))
        target[here[row], column] = behind[row, column]
        weight[here[row], column] = 0.3

    def mask(self, logmel):
        """Blanks a random stripe of bands or of time in one scene of two, in place."""
        generator = self.generator
        if generator.random() < 0.4:
            width = int(generator.integers(2, 12))
            first = int(generator.integers(features.BANDS - width))
            logmel[:, first:first + width] = logmel.mean() - generator.uniform(2, 8)
        if generator.random() < 0.15:
            width = int(generator.integers(5, 40))
            first = int(generator.integers(len(logmel) - width))
            logmel[first:first + width] = logmel.mean(axis=0)

    def history(self, logmel):
        """The levels [bands] that a longer past might have left, or None for the start of a
        stream."""
        if self.generator.random() < 0.5:
            return None
        return logmel[:300].mean(axis=0) + self.generator.normal(0, 1.0)


def on_steps(values, first, steps, fill):
    """Values of a layer's frames, [frames] from frame `first` on, at the middle of each step of
    the scene, [steps]; `fill` where the layer is not."""
    at = np.arange(steps) * STEP_FRAMES + STEP_FRAMES // 2 - first
    inside = (at >= 0) & (at < len(values))
    result = np.full(steps, fill, np.asarray(values).dtype)
    result[inside] = values[at[inside]]
    return result


def add_own(target, weight, active, trust, audible):
    """Puts a clip's own label into the column target and weight [steps], both in place; trust is
    -1 where the clip is not."""
    value = np.where(audible, trust, MASKED_WEIGHT * trust)
    weight[active] = np.where(target[active] == 1.0, np.maximum(weight[active], value[active]),
                              value[active])
    target[active] = 1.0
    silent = (trust >= 0) & ~active & (target < 1.0)
    weight[silent] = np.minimum(weight[silent], trust[silent])


def delayed(values, steps, fill):
    """`values` [steps, columns] moved `steps` later, as the network answers that late."""
    moved = np.full_like(values, fill)
    moved[steps:] = values[:len(values) - steps]
    return moved


def batch_of(mixer, count, delay_steps, front_end="levels", frames=SEGMENT_FRAMES):
    """A batch of scenes: tensors of what the network takes, targets and weights, of which the
    first, unknown steps have weight 0; and what the teacher would hear [count, frames, bands]."""
    inputs, targets, weights, powers = [], [], [], []
    for _ in range(count):
        logmel, target, weight, power = mixer.scene(frames)
        inputs.append(FRONT_ENDS[front_end](logmel, mixer.history(logmel)))
        targets.append(delayed(target, delay_steps, 0.0))
        weights.append(delayed(weight, delay_steps, 0.0))
        powers.append(power)
    return *(torch.from_numpy(np.stack(a)) for a in (inputs, targets, weights)), np.stack(powers)


def lessons(generator, teaching, powers, delay_steps):
    """What the teacher makes of windows of scenes: (the network's steps that answer to them
    [scenes, windows, steps], logits [scenes, windows, classes], embeddings).

    `teaching` is a `Teacher`, `powers` [scenes, frames, bands]; the windows lie side by side from a
    random step on.
    """
    length = teacher.WINDOW_FRAMES // STEP_FRAMES
    count = powers.shape[1] // teacher.WINDOW_FRAMES - 1
    first = generator.integers(length - delay_steps, size=len(powers))
    windows = [power[STEP_FRAMES * at:][:count * teacher.WINDOW_FRAMES]
               for at, power in zip(first, powers)]
    heard = teaching.hear(np.stack(windows).reshape(-1, teacher.WINDOW_FRAMES, teacher.BANDS))
    steps = first[:, None] + delay_steps + np.arange(count * length)[None]
    return (torch.from_numpy(steps.reshape(-1, count, length)),
            *(torch.from_numpy(a.reshape(len(powers), count, -1)) for a in heard))
