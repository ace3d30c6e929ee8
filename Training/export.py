"""Writes a trained network as a `.soundnet` file, batch norm folded into the convolutions and
the calibration into the last one.

    python3 export.py --run runs/final                 # last.pt and tuning.json
"""

import argparse
import copy
import json
from pathlib import Path

import numpy as np
import torch

import corpus
import features
import soundnet
from network import DELAY_STEPS, FRAMES_PER_STEP, restored

HERE = Path(__file__).resolve().parent
THRESHOLD_KEYS = ("on", "off", "announce", "announce_window", "smoothing", "minimum_duration",
                  "merge_gap", "sensitivity", "curve")
DEFAULT_THRESHOLDS = {"on": 0.5, "off": 0.3}
OUTPUT = HERE.parent / "Sources" / "CDefaultModel" / "default.soundnet"


def folded(module):
    """(weight, bias) of a `CausalConv` with its batch norm folded in, as float64 arrays."""
    weight = module.conv.weight.detach().double().numpy()       # [out, in, kt, kf]
    if module.norm is None:
        return weight, module.conv.bias.detach().double().numpy()
    norm = module.norm
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().double().numpy()
    bias = norm.bias.detach().double().numpy() - norm.running_mean.double().numpy() * scale
    return weight * scale[:, None, None, None], bias


def convolution(module, tensors):
    """The header entry of a `CausalConv`; its tensors go to `tensors`."""
    weight, bias = folded(module)
    common = {"kernel": list(module.kernel), "stride": list(module.stride),
              "dilation": module.dilation, "pad": list(module.pad), "relu": module.relu}
    if module.depthwise:
        weight = weight[:, 0].transpose(1, 2, 0)                # [kt, kf, channels]
        kind = {"kind": "depthwise", "channels": weight.shape[2]}
    else:
        weight = weight.transpose(2, 3, 1, 0)                   # [kt, kf, in, out]
        kind = {"kind": "conv", "in": weight.shape[2], "out": weight.shape[3]}
    return {**kind, **common, "weight": tensors.add(weight), "bias": tensors.add(bias)}


def calibrated(network, labels, tuning):
    """`network` with scale and shift of each label's logit, as `tune.py` chose them, in the
    last convolution."""
    network = copy.deepcopy(network)
    scale, shift = (torch.tensor([tuning[name][key] for name in labels])
                    for key in ("scale", "shift"))
    last = network.outward.conv
    with torch.no_grad():
        last.weight.mul_(scale[:, None, None, None])
        last.bias.mul_(scale).add_(shift)
    return network


def layer_entries(network, tensors):
    """The header's list of layers, in the order in which they are applied."""
    if network.settings["front_end"] not in ("level", "levels"):
        raise SystemExit(f"a network over {network.settings['front_end']} cannot be exported")
    if network.settings["front"] == "broadcast":
        raise SystemExit("a network with broadcast blocks cannot be exported")
    level = {"kind": "level", "coefficient": features.HOP_SECONDS / features.LEVEL_SECONDS,
             "floor": features.LEVEL_FLOOR}
    if network.settings["front_end"] == "levels":
        level["band_coefficient"] = features.HOP_SECONDS / features.BAND_SECONDS
    layers = [level,
              {"kind": "normalise", "mean": tensors.add(network.mean.numpy()),
               "scale": tensors.add(network.scale.numpy())}]
    layers += [convolution(module, tensors) for module in network.front]
    layers += [{"kind": "flatten"}, convolution(network.inward, tensors)]
    for block in network.blocks:
        entrance = len(layers) - 1
        layers += [convolution(block.time, tensors), convolution(block.mix, tensors),
                   {"kind": "add", "from": entrance, "relu": True}]
    layers += [convolution(network.hidden, tensors), convolution(network.outward, tensors),
               {"kind": "sigmoid"}]
    return layers


def model_file(network, labels, thresholds, name="earwitness-36", licence="CC-BY-NC-4.0",
               groups=None):
    """The bytes of the model file; `thresholds` is a list, by label, of {"on", "off"} and, where
    wanted, the others of `THRESHOLD_KEYS`; `groups` a list by label, or None."""
    tensors = soundnet.TensorStore()
    header = {
        "name": name, "licence": licence,
        "features": {"window_seconds": features.WINDOW_SECONDS,
                     "hop_seconds": features.HOP_SECONDS,
                     "fft_seconds": features.FFT_SECONDS, "bands": features.BANDS,
                     "low_hertz": int(features.LOW_HERTZ), "high_hertz": int(features.HIGH_HERTZ),
                     "mel_scale": "htk", "floor": features.FLOOR},
        "labels": labels, "thresholds": thresholds, "frames_per_step": FRAMES_PER_STEP,
        "delay_steps": DELAY_STEPS, "layers": layer_entries(network, tensors)}
    if groups:
        header["groups"] = groups
    return soundnet.encoded(header, tensors.data)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--run", default=str(HERE / "runs" / "final"))
    parser.add_argument("--name", default="earwitness-36")
    parser.add_argument("--licence", default="CC-BY-NC-4.0")
    parser.add_argument("--output", default=str(OUTPUT))
    parser.add_argument("--pretrained", help="write the weights for `train.py --start` here, too")
    arguments = parser.parse_args()
    checkpoint = torch.load(Path(arguments.run) / "last.pt", weights_only=True)
    labels, network = checkpoint["labels"], restored(checkpoint)
    tuning = Path(arguments.run) / "tuning.json"
    thresholds = [DEFAULT_THRESHOLDS] * len(labels)
    if tuning.exists():
        chosen = json.loads(tuning.read_text(encoding="utf-8"))["labels"]
        network = calibrated(network, labels, chosen)
        thresholds = [{key: chosen[name][key] for key in THRESHOLD_KEYS} for name in labels]
    else:
        print(f"{tuning}: not there; every label gets {DEFAULT_THRESHOLDS}")
    content = model_file(network, labels, thresholds, arguments.name, arguments.licence,
                         corpus.label_groups(arguments.data, labels))
    Path(arguments.output).parent.mkdir(parents=True, exist_ok=True)
    Path(arguments.output).write_bytes(content)
    if arguments.pretrained:
        torch.save({key: checkpoint[key] for key in ("settings", "labels", "step", "average")},
                   arguments.pretrained)
    model = soundnet.decoded(content)
    work = sum(row[2] for row in soundnet.costs(model))
    weights = sum(np.size(layer.get(key, ())) for layer in model["layers"]
                  for key in ("weight", "bias"))
    print(f"{len(content)} bytes, {weights} weights, "
          f"{work / 1e6:.2f} million multiply-adds per second of audio")


if __name__ == "__main__":
    main()
