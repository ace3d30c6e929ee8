"""The model file: writing, reading, and a plain numpy run of its layers.

    0  "SOUNDNET"
    8  u32 version = 1
   12  u32 length H of the header in bytes
   16  u32 CRC-32 of every byte from 20 to the end
   20  header: JSON, padded with spaces so that 20 + H is a multiple of 64
       tensors: float32, each aligned to 64 bytes; offsets count from here

All little endian. The layer kinds are described in docs/model.md.
"""

import json
import struct
import zlib

import numpy as np

MAGIC = b"SOUNDNET"
VERSION = 1
ALIGNMENT = 64


class TensorStore:
    """Collects tensors and answers with the reference to put in the header."""

    def __init__(self):
        self.data = bytearray()

    def add(self, values):
        """The reference of `values`, stored as float32 in C order."""
        self.data += b"\0" * (-len(self.data) % ALIGNMENT)
        reference = {"offset": len(self.data), "shape": list(np.shape(values))}
        self.data += np.ascontiguousarray(values, "<f4").tobytes()
        return reference


def encoded(header, tensors):
    """The bytes of a model file."""
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(20 + len(text)) % ALIGNMENT)
    body = text + bytes(tensors)
    return MAGIC + struct.pack("<III", VERSION, len(text), zlib.crc32(body)) + body


def decoded(file):
    """(header with every tensor reference replaced by its array) of a model file's bytes."""
    if file[:8] != MAGIC:
        raise ValueError(f"starts with {file[:8]!r}, expected {MAGIC!r}")
    version, length, checksum = struct.unpack("<III", file[8:20])
    if version != VERSION:
        raise ValueError(f"version {version}, expected {VERSION}")
    if zlib.crc32(file[20:]) != checksum:
        raise ValueError("the checksum does not match the content")
    tensors = file[20 + length:]

    def resolved(value):
        if isinstance(value, dict) and set(value) == {"offset", "shape"}:
            count = int(np.prod(value["shape"]))
            return np.frombuffer(tensors, "<f4", count, value["offset"]).reshape(value["shape"])
        if isinstance(value, dict):
            return {key: resolved(item) for key, item in value.items()}
        return [resolved(item) for item in value] if isinstance(value, list) else value

    return resolved(json.loads(file[20:20 + length]))


def taps(layer, x):
    """Views of x, [time, freq, channels], for each kernel tap: (kt, kf, [time', freq', C])."""
    (kt, kf), (st, sf), dilation = layer["kernel"], layer["stride"], layer["dilation"]
    history = (kt - 1) * dilation + 1 - st
    x = np.pad(x, ((history, 0), tuple(layer["pad"]), (0, 0)))
    times = (len(x) - (kt - 1) * dilation - 1) // st + 1
    widths = (x.shape[1] - kf) // sf + 1
    for t in range(kt):
        for f in range(kf):
            rows = x[t * dilation:][:(times - 1) * st + 1:st]
            yield t, f, rows[:, f:f + (widths - 1) * sf + 1:sf]


def running_mean(values, coefficient):
    """The mean of all `values` [time, ...] so far, from frame 1 / coefficient on exponentially."""
    mean, means = 0.0, []
    for t, value in enumerate(values):
        mean = mean + max(1.0 / (t + 1), coefficient) * (value - mean)
        means.append(mean)
    return np.array(means)


def levelled(layer, x):
    """x, [time, freq, 1] in nats, less the running mean of its bands together and, with a
    `band_coefficient`, as a second channel less that of each band."""
    level = running_mean(x.mean(axis=(1, 2)), layer["coefficient"])[:, None, None]
    channels = [x - np.maximum(level, layer["floor"])]
    if "band_coefficient" in layer:
        channels.append(x - np.maximum(running_mean(x, layer["band_coefficient"]), layer["floor"]))
    return np.concatenate(channels, axis=2)


def applied(layer, x, outputs):
    """The output of one layer, float64; `outputs` are those of the layers before it."""
    kind = layer["kind"]
    if kind == "level":
        return levelled(layer, x)
    if kind == "normalise":
        return (x - layer["mean"].reshape(x.shape[1:])) * layer["scale"].reshape(x.shape[1:])
    if kind == "conv":
        y = sum(view @ layer["weight"][t, f].astype(np.float64)
                for t, f, view in taps(layer, x)) + layer["bias"]
    elif kind == "depthwise":
        y = sum(view * layer["weight"][t, f] for t, f, view in taps(layer, x)) + layer["bias"]
    elif kind == "flatten":
        return x.reshape(len(x), 1, -1)
    elif kind == "add":
        y = x + outputs[layer["from"]]
    elif kind == "sigmoid":
        return 1.0 / (1.0 + np.exp(-x))
    else:
        raise ValueError(f"layer kind {kind!r}, expected one of docs/model.md")
    return np.maximum(y, 0.0) if layer["relu"] else y


def run(model, logmel):
    """The output of every layer, each [time, freq, channels], for log-mel [frames, bands]."""
    outputs, x = [], np.asarray(logmel, np.float64)[:, :, None]
    for layer in model["layers"]:
        x = applied(layer, x, outputs)
        outputs.append(x)
    return outputs


def costs(model):
    """For each layer (output channels, output width, multiply-adds per second of audio)."""
    rate, width = 1.0 / model["features"]["hop_seconds"], model["features"]["bands"]
    channels, rows = 1, []
    for layer in model["layers"]:
        work = 0.0
        if layer["kind"] in ("conv", "depthwise"):
            rate /= layer["stride"][0]
            width = (width + sum(layer["pad"]) - layer["kernel"][1]) // layer["stride"][1] + 1
            channels = layer.get("out", layer.get("channels"))
            work = rate * width * layer["weight"].size
        elif layer["kind"] == "flatten":
            width, channels = 1, width * channels
        elif layer["kind"] == "level":
            channels = 2 if "band_coefficient" in layer else 1
        rows.append((channels, width, work))
    return rows


def printed_table(model):
    """The layers as a Markdown table: output shape for each step, weights, multiply-adds."""
    lines = ["| layer | kind | kernel, stride, dilation | output | weights | multiply-adds/s |",
             "| ---: | --- | --- | --- | ---: | ---: |"]
    total_weights = total_work = 0
    for index, (layer, (channels, width, work)) in enumerate(zip(model["layers"], costs(model))):
        shape, detail = f"{width} x {channels}", ""
        if layer["kind"] in ("conv", "depthwise"):
            detail = "{}x{}, {}x{}, {}".format(*layer["kernel"], *layer["stride"],
                                               layer["dilation"])
        if layer["kind"] == "level":
            detail = f"{layer['coefficient']}, {layer.get('band_coefficient', '')}"
        if layer["kind"] == "add":
            detail = f"output of layer {layer['from']}"
        weights = sum(layer[key].size for key in ("weight", "bias") if key in layer)
        relu = " + ReLU" if layer.get("relu") else ""
        lines.append(f"| {index} | {layer['kind']}{relu} | {detail} | {shape} | {weights} "
                     f"| {work:.0f} |")
        total_weights, total_work = total_weights + weights, total_work + work
    return "\n".join(lines + [f"| all | | | | {total_weights} | {total_work:.0f} |"])


if __name__ == "__main__":
    import sys
    from pathlib import Path
    print(printed_table(decoded(Path(sys.argv[1]).read_bytes())))
