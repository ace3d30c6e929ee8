"""The background set of a model: embeddings of sounds that a taught sound is told from.

Steps of the training recordings, never of the reserved ones, alike many of each label, of each
category that no label covers and of computed noise; half of the excerpts in noise, at levels from
-50 to -3 dB. docs/teaching.md has the format.

    python3 background.py                             # for the built-in model
    python3 background.py --model street.soundnet     # writes street.soundnet.background
"""

import argparse
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import soundfile

import corpus
import features
import soundnet
from data import StationaryNoise, colour, gain

MAGIC = b"SNDBACKG"
VERSION = 1
LARGEST_BYTES = 1_450_000
STEPS_PER_EXCERPT = 4
EXCERPT_SECONDS = 5.0
NOISE_GROUP = "noise"
OTHER_GROUP = "other"          # the categories with fewer clips than
LEAST_CLIPS = 10
SNR_DECIBELS = (-5.0, 30.0)
LEVEL_DECIBELS = (-50.0, -3.0)
DEFAULT_MODEL = (Path(__file__).resolve().parent.parent / "Sources/CDefaultModel/default.soundnet")


def embedding_layer(model):
    """The index of the layer whose input is the embedding: the last convolution."""
    return max(i for i, layer in enumerate(model["layers"]) if layer["kind"] == "conv")


def embeddings(model, logmel):
    """What the last convolution takes in, [steps, size], of log-mel [frames, bands].

    Those of the first steps describe what was before the first frame, and are left out.
    """
    outputs = soundnet.run({"layers": model["layers"][:embedding_layer(model)]}, logmel)
    values = outputs[-1]                                         # [steps, width, channels]
    return values.reshape(len(values), -1)[model["delay_steps"]:]


def groups_of(data, free_only=False):
    """{name: paths} of the training recordings: labels, and categories without one, of which the
    small ones are one group; with `free_only` of those that are CC0 or CC BY."""
    rows = corpus.clip_rows(data)
    reserved = corpus.validation_sources(rows)
    groups = {}
    for row in rows:
        kept = not free_only or row["licence"] in corpus.FREE_LICENCES
        if kept and row["source_id"] not in reserved and row["label"] is not None:
            groups.setdefault(row["label"] or row["category"], []).append(row["path"])
    labels = {row["label"] for row in rows}
    small = [n for n, paths in groups.items() if n not in labels and len(paths) < LEAST_CLIPS]
    other = [path for name in small for path in groups.pop(name)]
    return {**groups, OTHER_GROUP: other} if other else groups


def excerpt(data, path, generator):
    """Mel power [frames, bands] of a random part of a recording."""
    samples, rate = soundfile.read(Path(data) / path, dtype="float32")
    length = int(EXCERPT_SECONDS * rate)
    first = int(generator.integers(max(1, len(samples) - length)))
    return features.mel_power(samples[first:first + length], rate)


def heard(power, noise, generator):
    """Log-mel of an excerpt, or of noise alone where `power` is None, as a microphone hears it."""
    if power is None:
        power = noise.draw(generator, int(EXCERPT_SECONDS / features.HOP_SECONDS))
    elif generator.random() < 0.5:
        loud = np.percentile(power.sum(axis=1), 75)
        ratio = gain(-generator.uniform(*SNR_DECIBELS))
        power = power + noise.draw(generator, len(power)) * loud * ratio
    power = power * colour(generator, 2.0)[:features.BANDS]
    peak = power.sum(axis=1).max() + 1e-12
    return features.log_mel(power * (gain(generator.uniform(*LEVEL_DECIBELS)) / peak))


def background(data, model, count, seed, free_only=False):
    """[(name, embeddings [steps, size])], about `count` steps in all, of `groups_of`."""
    generator = np.random.default_rng(seed)
    noise = StationaryNoise(features.BANDS)
    groups = {**groups_of(data, free_only), NOISE_GROUP: [None]}
    excerpts = max(1, count // (len(groups) * STEPS_PER_EXCERPT))
    result = []
    for name, paths in groups.items():
        order, rows = [], []
        while len(order) < excerpts:
            order += [paths[i] for i in generator.permutation(len(paths))]
        for path in order[:excerpts]:
            power = None if path is None else excerpt(data, path, generator)
            values = embeddings(model, heard(power, noise, generator))
            chosen = generator.permutation(len(values))[:STEPS_PER_EXCERPT]
            rows.append(values[np.sort(chosen)])
        result.append((name, np.concatenate(rows)))
        print(f"{name}: {len(result[-1][1])} steps", flush=True)
    return result


def encoded(checksum, groups):
    """The bytes of the file."""
    values = np.concatenate([rows for _, rows in groups]).astype("<f2")
    header = json.dumps({"model": checksum, "size": values.shape[1],
                         "groups": [{"name": n, "steps": len(r)} for n, r in groups]})
    body = header.encode() + values.tobytes()
    return MAGIC + struct.pack("<III", VERSION, len(header), zlib.crc32(body)) + body


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--output", type=Path,
                        help="default: beside the model, X.background; for the built-in one "
                        "default.background")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--free-only", action="store_true",
                        help="of training recordings that are CC0 or CC BY only")
    arguments = parser.parse_args()
    file = arguments.model.read_bytes()
    model = soundnet.decoded(file)
    size = embeddings(model, np.zeros((100, features.BANDS))).shape[1]
    groups = background(arguments.data, model, LARGEST_BYTES // (2 * size), arguments.seed,
                        arguments.free_only)
    output = arguments.output or (
        arguments.model.with_suffix(".background") if arguments.model == DEFAULT_MODEL
        else arguments.model.with_name(arguments.model.name + ".background"))
    output.write_bytes(encoded(zlib.crc32(file[20:]), groups))
    print(f"{output}: {sum(len(r) for _, r in groups)} steps of {size} values")


if __name__ == "__main__":
    main()
