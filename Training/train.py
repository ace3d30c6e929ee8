"""Trains a recogniser on scenes mixed on the fly, by processes that share gradients.

    python3 train.py --run runs/final                      # the shipped network
    python3 train.py --run runs/final --resume             # goes on where it was broken off
    python3 train.py --run runs/free --free-only           # on recordings free for any use
    python3 train.py --run runs/digits --data DIR          # a folder of recordings for each class
    python3 train.py --run runs/mine --data DIR --start pretrained.pt   # from the shipped weights

The scenes of a step follow from the seed and the number of the step, so a training that was
broken off and resumed gives the weights of one that was not.
"""

import argparse
import copy
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch import distributed
from torch.nn import functional

import corpus
import data
import evaluate
import features
import teacher
from network import DELAY_STEPS, FRONTS, Network

CATEGORY_SHARE = 1.0
LOGIT_SHARE = 6.0
EMBEDDING_SHARE = 0.1
POSITIVE_WEIGHT = 2.0
HERE = Path(__file__).resolve().parent


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--run", default=str(HERE / "runs" / "final"))
    parser.add_argument("--steps", type=int, default=13000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--batch", type=int, default=12, help="scenes a process and step")
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--decay", type=float, default=0.05, help="weight decay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--front", choices=FRONTS, default="overlap")
    parser.add_argument("--front-end", choices=data.FRONT_ENDS, default="levels")
    parser.add_argument("--widths", type=int, nargs=4, default=(40, 32, 64, 96))
    parser.add_argument("--channels", type=int, default=192)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--float32", action="store_true",
                        help="activations and products in float32, not bfloat16: for "
                             "processors without it")
    parser.add_argument("--free-only", action="store_true",
                        help="leave out training recordings that are not CC0 or CC BY")
    parser.add_argument("--more", help="a second folder with tables, all of which is trained on: "
                                       "what debian_sounds.py made")
    parser.add_argument("--apart", action="store_true",
                        help="sounds follow one another and do not overlap: for classes of which "
                             "one holds at a time, as words or genres")
    parser.add_argument("--group", help="folder a class: regular expression of what in a file's "
                                        "name says which recordings belong together")
    parser.add_argument("--start", help="checkpoint or pretrained.pt whose weights to begin with, "
                                        "where their shapes fit; the network may be wider")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--until", type=int, help="break off after this step, to go on with "
                                                  "--resume another time")
    parser.add_argument("--every", type=int, default=1000, help="steps between validations")
    return parser.parse_args()


def learning_rate(step, steps, highest):
    """Linear warm-up over 300 steps, then half a cosine down to a hundredth."""
    warm = min(1.0, (step + 1) / min(300, steps / 4))
    return highest * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))


def loss_of(logits, target, weight, labels):
    """Weighted binary cross-entropy of the labels, where a label that sounds counts twice, plus
    that of the categories. All arrays are [batch, steps, columns]; those of `logits` may be the
    labels alone."""
    columns = logits.shape[-1]
    target, weight = target[..., :columns], weight[..., :columns]
    raw = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    own_weight = weight[..., :labels] * (1.0 + (POSITIVE_WEIGHT - 1.0) * target[..., :labels])
    loss = (raw[..., :labels] * own_weight).sum() / own_weight.sum()
    if columns > labels:
        rest = weight[..., labels:]
        loss = loss + CATEGORY_SHARE * (raw[..., labels:] * rest).sum() / (rest.sum() + 1.0)
    return loss


def lesson_loss(answers, logits, embedding):
    """Cross-entropy of the teacher's classes and squared error of its embedding, which has mean 0
    and variance 1; all [batch, windows, columns]. Beyer et al., Knowledge distillation: A good
    teacher is patient and consistent, CVPR 2022; Romero et al., FitNets, ICLR 2015."""
    classes = functional.binary_cross_entropy_with_logits(answers[..., :teacher.CLASSES],
                                                          torch.sigmoid(logits))
    error = functional.mse_loss(answers[..., teacher.CLASSES:], embedding)
    return LOGIT_SHARE * classes + EMBEDDING_SHARE * error


class Lessons:
    """The teacher beside a mixer."""

    def __init__(self, folder, mixer):
        self.teacher = teacher.Teacher(folder)
        generator = np.random.default_rng(98)
        embedding = torch.cat([
            data.lessons(generator, self.teacher, data.batch_of(mixer, 4, DELAY_STEPS)[3],
                         DELAY_STEPS)[2].flatten(0, 1) for _ in range(50)])
        self.mean, self.deviation = embedding.mean(dim=0), embedding.std(dim=0) + 1e-3

    def of(self, generator, powers):
        """(steps of the windows, logits, embedding) for what `lesson_loss` and the network take."""
        steps, logits, embedding = data.lessons(generator, self.teacher, powers, DELAY_STEPS)
        return steps, logits, (embedding - self.mean) / self.deviation


def set_normalisation(network, mixer):
    """Mean and inverse deviation of each band over some scenes."""
    values = torch.cat([data.batch_of(mixer, 1, 0, network.settings["front_end"])[0][0]
                        for _ in range(100)])                          # [frames, bands, inputs]
    network.mean.copy_(values.mean(dim=0))
    network.scale.copy_(1.0 / values.std(dim=0))


@torch.no_grad()
def follow(average, network, step):
    """Moves the averaged weights towards the network's, slowly once training has begun."""
    keep = min(0.999, (1 + step) / (10 + step))
    for mean, value in zip(average.state_dict().values(), network.state_dict().values()):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1.0 - keep)
        else:
            mean.copy_(value)


@torch.no_grad()
def validate(average, batches, clips, labels):
    """(loss, macro average precision of steps) on fixed scenes of reserved recordings, and the
    macro average precision of the reserved clips: of origins trained on, and of other origins."""
    average.eval()
    losses, rows = [], []
    for x, target, weight, _ in batches:
        logits = average(x)
        losses.append(loss_of(logits, target, weight, labels).item())
        rows.append((logits.flatten(0, 1).numpy(), target[..., :labels].flatten(0, 1).numpy(),
                     weight[..., :labels].flatten(0, 1).numpy()))
    logits, target, weight = (np.concatenate(a) for a in zip(*rows))
    known = [(weight[:, k] >= 0.3) & ((target[:, k] > 0.99) | (target[:, k] == 0))
             for k in range(labels)]
    steps = [evaluate.average_precision(target[known[k], k] > 0.5, logits[known[k], k])
             for k in range(labels) if target[known[k], k].any()]
    precisions = []
    for there in evaluate.by_origin(clips):
        scores = evaluate.network_clip_scores(average, [c.power for c in there])
        truth = np.array([c.label for c in there])
        known = [k for k in range(labels) if np.any(truth == k)]
        precisions.append(np.mean(evaluate.label_precisions(truth, scores, labels, known)))
    return np.mean(losses), np.mean(steps), precisions


def share_gradients(network):
    """Averages the gradients over the processes."""
    gradients = [p.grad for p in network.parameters()]
    flat = torch.cat([g.flatten() for g in gradients])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    for gradient, piece in zip(gradients, flat.split([g.numel() for g in gradients])):
        gradient.copy_(piece.view_as(gradient))


def begin_with(network, path):
    """Takes over the weights of a checkpoint. Those of a narrower network become a part of wider
    ones: outputs that both have begin as they were, whatever else there is. A head for another
    number of classes is none of this network's."""
    weights = torch.load(path, weights_only=True)["average"]
    own = network.state_dict()

    def fits(name, value):
        heads = name.startswith(("outward", "further", "teacher"))
        return (name in own and own[name].dim() == value.dim()
                and all(a >= b for a, b in zip(own[name].shape, value.shape))
                and not (heads and own[name].shape[:1] != value.shape[:1]))
    fitting = {name: widened(v, own[name]) for name, v in weights.items() if fits(name, v)}
    network.load_state_dict({**own, **fitting})
    print(f"{path}: took {len(fitting)} of {len(own)} tensors", flush=True)


def widened(narrow, wide):
    """`narrow` in a corner of `wide`, both [outputs, inputs, ...]: what the outputs of `narrow`
    take from further inputs is 0."""
    if narrow.shape == wide.shape:
        return narrow
    result = wide.clone()
    result[:len(narrow)] = 0
    result[tuple(slice(n) for n in narrow.shape)] = narrow
    return result


def save(path, network, average, optimiser, names, step):
    """Writes a checkpoint, in whole or not at all."""
    torch.save({"settings": network.settings, "labels": names, "step": step,
                "network": network.state_dict(), "average": average.state_dict(),
                "optimiser": optimiser.state_dict()}, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def go_on(path, network, average, optimiser):
    """Takes over a checkpoint, if there is one; returns the number of steps it has behind it."""
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    network.load_state_dict(kept["network"])
    average.load_state_dict(kept["average"])
    optimiser.load_state_dict(kept["optimiser"])
    return kept["step"]


def run_process(rank, arguments, names, clips):
    """One of the training processes; the first also averages, validates and saves."""
    torch.set_num_threads(1)
    run, labels = Path(arguments.run), len(names)
    distributed.init_process_group("gloo", init_method=f"file://{run.resolve()}/meeting",
                                   rank=rank, world_size=arguments.processes)
    torch.manual_seed(arguments.seed)
    training = [c for c in clips if not c.validation]
    reserved = [c for c in clips if c.validation and c.dataset != "synthetic"]
    targets = max(labels, 1 + max(c.category for c in clips))
    taught = clips[0].columns.shape[1] > features.BANDS
    network = Network(labels, arguments.widths, arguments.channels, hidden=arguments.hidden,
                      categories=targets - labels,
                      lessons=teacher.CLASSES + teacher.EMBEDDING if taught else 0,
                      front=arguments.front, front_end=arguments.front_end)
    example = data.Mixer(training, labels, 99, arguments.apart, targets)
    set_normalisation(network, example)
    lessons = Lessons(arguments.data, example) if taught else None
    if arguments.start:
        begin_with(network, arguments.start)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=arguments.decay)
    checkpoint = run / "last.pt"
    step = go_on(checkpoint, network, average, optimiser) if arguments.resume else 0
    mixer = data.Mixer(training, labels, arguments.seed, arguments.apart, targets)
    batches = []
    if rank == 0:
        judge = data.Mixer([c for c in clips if c.validation], labels, 5, arguments.apart, targets)
        batches = [data.batch_of(judge, 16, DELAY_STEPS, arguments.front_end)
                   for _ in range(16)]
    begun, started, running = step, time.time(), None
    until = min(arguments.steps, arguments.until or arguments.steps)
    while step < until:
        network.train()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, arguments.steps, arguments.rate)
        number = step * arguments.processes + rank
        mixer.begin(number)
        torch.manual_seed(arguments.seed * 1_000_003 + number)          # of the dropout
        x, target, weight, powers = data.batch_of(mixer, arguments.batch, DELAY_STEPS,
                                                  arguments.front_end)
        windows, *taught = lessons.of(mixer.generator, powers) if lessons else (None,)
        with torch.autocast("cpu", torch.bfloat16, enabled=not arguments.float32):
            logits, answers = network.all_tasks(x, windows)
        loss = loss_of(logits.float(), target, weight, labels)
        if lessons:
            loss = loss + lesson_loss(answers.float(), *taught)
        optimiser.zero_grad()
        loss.backward()
        share_gradients(network)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        step += 1
        if rank != 0:
            continue
        follow(average, network, step)
        running = loss.item() if running is None else 0.99 * running + 0.01 * loss.item()
        if step % 100 == 0:
            left = (time.time() - started) / (step - begun) * (arguments.steps - step)
            print(f"step {step}  loss {running:.4f}  left {left / 60:.1f} min", flush=True)
        if step % arguments.every == 0 or step == arguments.steps:
            there, precision, clip_precisions = validate(average, batches, reserved, labels)
            print(f"step {step}  validation loss {there:.4f}  step AP {precision:.3f}  clip AP "
                  + ", other origins ".join(f"{p:.3f}" for p in clip_precisions), flush=True)
        if step % 250 == 0 or step == until:
            save(checkpoint, network, average, optimiser, names, step)


def main():
    arguments = parse_arguments()
    run = Path(arguments.run)
    if (run / "last.pt").exists() and not arguments.resume:
        raise SystemExit(f"{run}/last.pt is there: --resume goes on with it; a new training wants "
                         "another --run, or that file removed")
    run.mkdir(parents=True, exist_ok=True)
    (run / "meeting").unlink(missing_ok=True)
    names = corpus.label_names(arguments.data)
    clips = corpus.load_clips(arguments.data, arguments.cache, arguments.free_only,
                              arguments.group, arguments.more)
    if (Path(arguments.data) / "clips.csv").exists():
        clips += corpus.synthetic_clips(names, arguments.cache)
    # Forked processes share the features' memory.
    torch.multiprocessing.start_processes(run_process, (arguments, names, clips),
                                          arguments.processes, start_method="fork")


if __name__ == "__main__":
    main()
