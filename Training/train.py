"""Trains the recogniser on scenes mixed on the fly.

    python3 train.py --run runs/final
    python3 train.py --run runs/final --resume
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import corpus
import data
import evaluate
from network import DELAY_STEPS, Network

AUXILIARY_SHARE = 0.5
HERE = Path(__file__).resolve().parent


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--run", default=str(HERE / "runs" / "final"))
    parser.add_argument("--steps", type=int, default=9500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--decay", type=float, default=0.02, help="weight decay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--widths", type=int, nargs=4, default=(24, 40, 64, 96))
    parser.add_argument("--channels", type=int, default=160)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


def learning_rate(step, steps, highest):
    """Linear warm-up over 300 steps, then half a cosine down to a hundredth."""
    warm = min(1.0, (step + 1) / 300)
    return highest * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def loss_of(logits, target, weight, labels):
    """Weighted binary cross-entropy of the labels, where a label that sounds counts three
    times, plus that of the teacher's further classes. All arguments [batch, steps, columns]."""
    columns = logits.shape[-1]
    target, weight = target[..., :columns], weight[..., :columns]
    raw = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    own_weight = weight[..., :labels] * (1.0 + 2.0 * target[..., :labels])
    loss = (raw[..., :labels] * own_weight).sum() / own_weight.sum()
    if columns > labels:
        rest = weight[..., labels:]
        loss = loss + AUXILIARY_SHARE * (raw[..., labels:] * rest).sum() / rest.sum()
    return loss


def set_normalisation(network, clips, labels):
    """Mean and inverse deviation of each band over some scenes."""
    mixer = data.Mixer(clips, labels, seed=99)
    logmel = np.concatenate([mixer.scene()[0] for _ in range(100)])      # [frames, bands]
    network.mean.copy_(torch.from_numpy(logmel.mean(axis=0)))
    network.scale.copy_(torch.from_numpy(1.0 / logmel.std(axis=0)))


@torch.no_grad()
def follow(average, network, step):
    """Moves the averaged weights towards the network's, slowly once training has begun."""
    keep = min(0.999, (1 + step) / (10 + step))
    for mean, value in zip(average.state_dict().values(), network.state_dict().values()):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1.0 - keep)
        else:
            mean.copy_(value)


def validate(average, batches, clips, labels):
    """(loss on fixed validation scenes, macro average precision on the clips)."""
    average.eval()
    with torch.no_grad():
        losses = [loss_of(average(x), *known, labels).item() for x, *known in batches]
    scores = evaluate.network_clip_scores(average, clips)
    truth = np.array([c.label for c in clips])
    return np.mean(losses), evaluate.label_precisions(truth, scores, labels).mean()


def main():
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    run = Path(arguments.run)
    run.mkdir(parents=True, exist_ok=True)
    names = corpus.label_names(arguments.data)
    clips = corpus.load_clips(arguments.data, arguments.cache)
    reserved = [c for c in clips if c.validation]
    columns = clips[0].others.shape[1]
    clips += corpus.synthetic_clips(names, arguments.cache, columns)
    training = [c for c in clips if not c.validation]
    judge = data.Mixer([c for c in clips if c.validation], len(names), seed=5)
    batches = [data.batch_of(judge, 16, DELAY_STEPS) for _ in range(8)]

    network = Network(len(names), tuple(arguments.widths), arguments.channels,
                      hidden=arguments.hidden, auxiliary=columns - len(names))
    set_normalisation(network, training, len(names))
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=arguments.decay)
    begin = 0
    if arguments.resume and (run / "last.pt").exists():
        kept = torch.load(run / "last.pt", weights_only=True)
        network.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        begin = kept["step"]
    scenes = data.Scenes(training, len(names), arguments.batch, arguments.seed + begin,
                         DELAY_STEPS)
    loader = iter(torch.utils.data.DataLoader(scenes, batch_size=None, num_workers=1,
                                              prefetch_factor=8))
    started, running = time.time(), None
    for step in range(begin, arguments.steps):
        network.train()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, arguments.steps, arguments.rate)
        logmel, target, weight = next(loader)
        loss = loss_of(network(logmel, auxiliary=True), target, weight, len(names))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        follow(average, network, step)
        running = loss.item() if running is None else 0.99 * running + 0.01 * loss.item()
        done = step + 1
        if done % 100 == 0:
            left = (time.time() - started) / (done - begin) * (arguments.steps - done)
            print(f"step {done}/{arguments.steps}  loss {running:.4f}  "
                  f"left {left / 60:.1f} min", flush=True)
        if done % 500 == 0 or done == arguments.steps:
            loss_there, precision = validate(average, batches, reserved, len(names))
            print(f"step {done}  validation loss {loss_there:.4f}  "
                  f"clip macro AP {precision:.3f}", flush=True)
            torch.save({"settings": network.settings, "labels": names, "step": done,
                        "network": network.state_dict(), "average": average.state_dict(),
                        "optimiser": optimiser.state_dict()}, run / "last.pt")


if __name__ == "__main__":
    main()
