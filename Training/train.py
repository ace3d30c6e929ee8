"""Trains the recogniser on scenes mixed on the fly, by processes that share gradients.

    python3 train.py --run runs/final --minutes 40
    python3 train.py --run runs/final --minutes 20 --resume

The learning rate follows the clock, so that training ends on time on a busy machine.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import distributed
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
    parser.add_argument("--minutes", type=float, default=40.0,
                        help="length of the learning rate's schedule, or of the rest of it")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--batch", type=int, default=8, help="scenes a process and step")
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--decay", type=float, default=0.02, help="weight decay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--widths", type=int, nargs=4, default=(16, 32, 64, 96))
    parser.add_argument("--channels", type=int, default=160)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--start", help="checkpoint whose weights to begin with")
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


def learning_rate(step, progress, highest):
    """Linear warm-up over 300 steps, then half a cosine down to a hundredth."""
    warm = min(1.0, (step + 1) / 300)
    return highest * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


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
    scores = evaluate.network_clip_scores(average, [c.power for c in clips])
    truth = np.array([c.label for c in clips])
    return np.mean(losses), evaluate.label_precisions(truth, scores, labels).mean()


def share_gradients(network, progress):
    """Averages the gradients over the processes; returns the progress of the first one."""
    processes = distributed.get_world_size()
    gradients = [p.grad for p in network.parameters()]
    mine = progress * processes if distributed.get_rank() == 0 else 0.0
    flat = torch.cat([g.flatten() for g in gradients] + [torch.tensor([mine])])
    distributed.all_reduce(flat)
    flat /= processes
    pieces = flat[:-1].split([g.numel() for g in gradients])
    for gradient, piece in zip(gradients, pieces):
        gradient.copy_(piece.view_as(gradient))
    return flat[-1].item()


def report(step, progress, loss, started, begin_progress):
    """Prints where the training stands."""
    elapsed = time.time() - started
    left = elapsed / max(1e-6, progress - begin_progress) * (1.0 - progress)
    print(f"step {step}  {progress:.1%}  loss {loss:.4f}  left {left / 60:.1f} min", flush=True)


def run_process(rank, arguments, names, clips, columns):
    """One of the training processes; the first also averages, validates and saves."""
    torch.set_num_threads(1)
    run, labels = Path(arguments.run), len(names)
    distributed.init_process_group("gloo", init_method=f"file://{run.resolve()}/meeting",
                                   rank=rank, world_size=arguments.processes)
    torch.manual_seed(arguments.seed)
    training = [c for c in clips if not c.validation]
    reserved = [c for c in clips if c.validation and c.dataset != "synthetic"]
    network = Network(labels, tuple(arguments.widths), arguments.channels,
                      hidden=arguments.hidden, auxiliary=columns - labels)
    set_normalisation(network, training, labels)
    if arguments.start:
        weights = torch.load(arguments.start, weights_only=True)["average"]
        missing = network.load_state_dict(weights, strict=False).missing_keys
        print(f"started from {arguments.start}; new: {missing}", flush=True)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=arguments.decay)
    step, begin = 0, 0.0
    if arguments.resume and (run / "last.pt").exists():
        kept = torch.load(run / "last.pt", weights_only=True)
        network.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        step, begin = kept["step"], kept["progress"]
    mixer = data.Mixer(training, labels, arguments.seed + 7919 * rank + step)
    judge = data.Mixer([c for c in clips if c.validation], labels, seed=5)
    batches = [data.batch_of(judge, 16, DELAY_STEPS) for _ in range(8)] if rank == 0 else []
    started, progress, running = time.time(), begin, None
    while progress < 1.0:
        network.train()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, progress, arguments.rate)
        logmel, target, weight = data.batch_of(mixer, arguments.batch, DELAY_STEPS)
        loss = loss_of(network(logmel, auxiliary=True), target, weight, labels)
        optimiser.zero_grad()
        loss.backward()
        elapsed = (time.time() - started) / (60.0 * arguments.minutes)
        progress = share_gradients(network, begin + (1.0 - begin) * elapsed)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        step += 1
        if rank != 0:
            continue
        follow(average, network, step)
        running = loss.item() if running is None else 0.99 * running + 0.01 * loss.item()
        if step % 100 == 0:
            report(step, progress, running, started, begin)
        if step % 1000 == 0 or progress >= 1.0:
            there, precision = validate(average, batches, reserved, labels)
            print(f"step {step}  validation loss {there:.4f}  clip macro AP {precision:.3f}",
                  flush=True)
        if step % 250 == 0 or progress >= 1.0:
            torch.save({"settings": network.settings, "labels": names, "step": step,
                        "progress": progress, "network": network.state_dict(),
                        "average": average.state_dict(),
                        "optimiser": optimiser.state_dict()}, run / "last.pt")


def main():
    arguments = parse_arguments()
    run = Path(arguments.run)
    run.mkdir(parents=True, exist_ok=True)
    (run / "meeting").unlink(missing_ok=True)
    names = corpus.label_names(arguments.data)
    clips = corpus.load_clips(arguments.data, arguments.cache)
    columns = clips[0].others.shape[1]
    clips += corpus.synthetic_clips(names, arguments.cache, columns)
    # Forked processes share the features' memory.
    torch.multiprocessing.start_processes(run_process, (arguments, names, clips, columns),
                                          arguments.processes, start_method="fork")


if __name__ == "__main__":
    main()
