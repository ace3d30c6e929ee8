"""Clip-level average precision on the reserved clips: of origins trained on, and of other origins.

Each clip is scored as a stream of its own from a zero state. The score of a label for the
clip is the mean of the highest quarter of its step scores (at least one step). Average
precision ranks the clips of a label against all others, those without a label included.

    python3 evaluate.py --confusions                         # the shipped model, in numpy
    python3 evaluate.py --level -30 --snr 10
    python3 evaluate.py --checkpoint runs/final/last.pt      # a network in PyTorch
    python3 evaluate.py --binary ../.build/release/monitorctl --matrix
"""

import argparse
import csv
import subprocess
from pathlib import Path

import numpy as np
import torch

import corpus
import data
import features
import soundnet
from network import FRAMES_PER_STEP, restored

TOP_SHARE = 0.25
NOTHING_TAUGHT = ("--taught", "/nonexistent")       # whatever was taught on this machine
MODEL = Path(__file__).resolve().parent.parent / "Sources/CDefaultModel/default.soundnet"


def pooled(scores):
    """The clip score, [labels], of step scores [steps, labels]: mean of the top quarter."""
    count = max(1, int(np.ceil(TOP_SHARE * len(scores))))
    return np.sort(scores, axis=0)[-count:].mean(axis=0)


def by_origin(clips):
    """The clips of origins that were trained on, and those of other origins, if there are any."""
    other = [c.dataset in corpus.OTHER_ORIGINS for c in clips]
    parts = [[c for c, is_other in zip(clips, other) if is_other == wanted]
             for wanted in (False, True)]
    return [part for part in parts if part]


def average_precision(truth, scores):
    """Mean precision at each positive, clips ranked by score; equal scores as one."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.diff(scores[order]) != 0, True)        # end of each run of equals
    precision, recall = (hits / np.arange(1, len(hits) + 1))[last], hits[last] / hits[-1]
    return float(np.sum(np.diff(np.append(0.0, recall)) * precision))


def label_precisions(labels, scores, count, chosen=None):
    """Average precision of each label, or of those `chosen`; labels [clips] with -1 for none,
    scores [clips, count]."""
    return np.array([average_precision(labels == k, scores[:, k])
                     for k in (range(count) if chosen is None else chosen)])


@torch.no_grad()
def step_scores(network, powers, batch=32):
    """Scores [steps, labels] of each mel power [frames, bands]; longer ones together."""
    result = [None] * len(powers)
    order = sorted(range(len(powers)), key=lambda i: len(powers[i]))
    for first in range(0, len(order), batch):
        chosen = order[first:first + batch]
        longest = max(len(powers[i]) for i in chosen)
        frames = -(-longest // FRAMES_PER_STEP) * FRAMES_PER_STEP
        front_end = data.FRONT_ENDS[network.settings["front_end"]]
        block = np.zeros((len(chosen), frames, *network.mean.shape), np.float32)
        for row, i in zip(block, chosen):
            row[:len(powers[i])] = front_end(features.log_mel(powers[i]), None)
        logits = network(torch.from_numpy(block))
        scores = torch.sigmoid(logits).numpy()                  # [batch, steps, labels]
        for row, i in zip(scores, chosen):
            result[i] = row[:max(1, len(powers[i]) // FRAMES_PER_STEP)]
    return result


def network_clip_scores(network, powers):
    """Pooled scores [clips, labels] of mel powers by the PyTorch network."""
    return np.stack([pooled(s) for s in step_scores(network, powers)])


def model_step_scores(model, powers):
    """Scores [steps, labels] of each mel power [frames, bands] by a model file's layers."""
    result = []
    for power in powers:
        frames = max(1, len(power) // FRAMES_PER_STEP) * FRAMES_PER_STEP
        padded = np.zeros((frames, features.BANDS), np.float32)
        padded[:len(power)] = power[:frames]
        result.append(soundnet.run(model, features.log_mel(padded))[-1][:, 0, :])
    return result


def heard_elsewhere(powers, level, ratio, seed=1):
    """The mel powers `level` dB louder, with pink noise `ratio` dB under each clip.

    The loudness of a clip is the mean power of its loudest tenth of frames; no noise if
    `ratio` is None.
    """
    generator = np.random.default_rng(seed)
    white = features.mel_power(generator.standard_normal(60 * 16000), 16000)
    pink = white / white.mean(axis=0) * mel_pink()                      # [frames, bands]
    changed = []
    for power in powers:
        power = power * np.float32(10 ** (level / 10))
        if ratio is not None:
            loud = np.sort(power.sum(axis=1))[-max(1, len(power) // 10):].mean()
            first = generator.integers(len(pink) - len(power))
            power = power + pink[first:first + len(power)] * np.float32(loud / 10 ** (ratio / 10))
        changed.append(power)
    return changed


def mel_pink():
    """The share of each band in pink noise (power 1/f), float32 [bands], sum 1."""
    filters = features.mel_filters(16000)
    hertz = np.arange(filters.shape[1]) * 20.0
    share = filters @ (1.0 / np.maximum(hertz, 20.0))
    return (share / share.sum()).astype(np.float32)


def binary_step_scores(binary, path, names, model=None, smoothed=False):
    """Step scores [steps, labels] printed by `monitorctl scores FILE`, no taught sounds among them;
    with `smoothed` as they are settled.
    """
    chosen = (["--model", str(model)] if model else []) + (["--smoothed"] if smoothed else [])
    run = subprocess.run([binary, "scores", str(path), *NOTHING_TAUGHT, *chosen], check=True,
                         capture_output=True, text=True)
    rows = list(csv.reader(run.stdout.splitlines(), delimiter="\t"))
    if rows[0][2:] != names:
        raise ValueError(f"columns {rows[0][2:]}, expected the labels {names}")
    return np.array([row[2:] for row in rows[1:]], np.float32)


def printed_table(names, labels, columns):
    """Average precision of each label that has clips, and their mean, as Markdown; `columns` is
    {heading: scores [clips, labels]}."""
    known = [k for k in range(len(names)) if np.any(labels == k)]
    precisions = np.array([label_precisions(labels, scores, len(names), known)
                           for scores in columns.values()])
    lines = ["| label | clips | " + " | ".join(columns) + " |",
             "| --- | ---: |" + " ---: |" * len(columns)]
    lines += [f"| {names[k]} | {np.sum(labels == k)} | "
              + " | ".join(f"{p:.3f}" for p in own) + " |"
              for k, own in zip(known, precisions.T)]
    means = " | ".join(f"{p:.3f}" for p in precisions.mean(axis=1))
    return "\n".join(lines + [f"| {len(known)} labels | {len(labels)} | {means} |"])


def teacher_clip_scores(folder, clips):
    """The teacher's probabilities of clips as a whole, [clips, labels]; None if there is none."""
    path = Path(folder) / "teacher" / "mn04.npz"
    if not path.exists():
        return None
    stored = np.load(path)
    probabilities = corpus.teacher_probabilities(folder, stored["clip_logits"].astype(np.float32))
    row = {r["path"]: k for k, r in enumerate(corpus.table(Path(folder) / "clips.csv"))}
    return probabilities[[row[c.path] for c in clips]]


def confusion_matrix(names, labels, scores):
    """How often clips of each label (rows) score highest as each label (columns), as Markdown, and
    the unweighted recall: the mean over the labels that have clips."""
    best = scores.argmax(axis=1)
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    for k, name in enumerate(names):
        counts = np.bincount(best[labels == k], minlength=len(names))
        lines.append(f"| {name} | " + " | ".join(str(c) if c else "" for c in counts) + " |")
    share = np.mean(best[labels >= 0] == labels[labels >= 0])
    recall = np.mean([np.mean(best[labels == k] == k) for k in np.unique(labels[labels >= 0])])
    return "\n".join(lines + ["", f"right: {share:.1%} of {np.sum(labels >= 0)} clips; unweighted "
                              f"recall {recall:.1%}"])


def confusions(names, labels, scores, least=3):
    """The pairs (label of the clip, label with the highest score) seen `least` times, as text."""
    best = scores.argmax(axis=1)
    lines = [f"right label on top: {np.mean(best[labels >= 0] == labels[labels >= 0]):.1%} "
             f"of {np.sum(labels >= 0)} labelled clips"]
    pairs, counts = np.unique(np.stack([labels, best], axis=1)[(labels >= 0) & (best != labels)],
                              axis=0, return_counts=True)
    for index in np.argsort(-counts, kind="stable"):
        if counts[index] >= least:
            clip, answer = pairs[index]
            lines.append(f"{names[clip]} taken for {names[answer]}: {counts[index]} of "
                         f"{np.sum(labels == clip)}")
    return "\n".join(lines)


def clip_scores(arguments, clips, names):
    """Pooled scores [clips, labels] by the binary, the checkpoint or the model file."""
    if arguments.binary:
        return np.stack([pooled(binary_step_scores(
            arguments.binary, Path(arguments.data) / c.path, names, arguments.model))
            for c in clips])
    powers = heard_elsewhere([c.power for c in clips], arguments.level, arguments.snr)
    if arguments.checkpoint:
        checkpoint = torch.load(arguments.checkpoint, weights_only=True)
        return network_clip_scores(restored(checkpoint), powers)
    model = soundnet.decoded(Path(arguments.model).read_bytes())
    return np.stack([pooled(s) for s in model_step_scores(model, powers)])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--group", help="as for train.py")
    parser.add_argument("--model", default=str(MODEL), help="default: the shipped model")
    parser.add_argument("--checkpoint", help="score with this network in PyTorch instead")
    parser.add_argument("--level", type=float, default=0.0, help="gain in dB (not with --binary)")
    parser.add_argument("--snr", type=float, help="add pink noise, dB (not with --binary)")
    parser.add_argument("--confusions", action="store_true", help="list frequent confusions too")
    parser.add_argument("--matrix", action="store_true", help="print the confusion matrix too")
    parser.add_argument("--binary", help="score the audio files with this monitorctl instead")
    arguments = parser.parse_args()
    names = corpus.label_names(arguments.data)
    clips = [c for c in corpus.load_clips(arguments.data, arguments.cache, group=arguments.group)
             if c.validation]
    for part, own in zip(("origins trained on", "other origins"), by_origin(clips)):
        labels = np.array([c.label for c in own])
        scores = clip_scores(arguments, own, names)
        columns = {"average precision": scores}
        teacher = teacher_clip_scores(arguments.data, own)
        if teacher is not None:
            columns["that of the teacher"] = teacher
        print(f"\n{part}\n\n{printed_table(names, labels, columns)}")
        if arguments.matrix:
            print("\n" + confusion_matrix(names, labels, scores))
        if arguments.confusions:
            print("\n" + confusions(names, labels, scores))


if __name__ == "__main__":
    main()
