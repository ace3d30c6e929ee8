"""Writes what the Swift tests of the network compare with, from the shipped model.

The input is 6 s of the demo scene: a siren that ends, then a bird. The output comes from the
layers run in float64 by `soundnet.py`, which `test_training.py` holds against PyTorch. Each
layer's output over the last 40 frames, when every history is full, is written as well.

    python3 goldens.py
"""

import argparse
import json
import zlib
from pathlib import Path

import numpy as np
import soundfile

import features
import soundnet
from export import OUTPUT

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests" / "SoundNetTests" / "Fixtures"
SCENE = ROOT / "demo" / "scene.flac"
START_SECONDS, SECONDS = 53.5, 6.02
FRAMES = 600
LAYER_FRAMES = 40


def golden_sound():
    """(rate, mono samples) of an excerpt of the demo scene."""
    rate = soundfile.info(SCENE).samplerate
    samples, _ = soundfile.read(SCENE, dtype="float32", start=int(START_SECONDS * rate),
                                frames=int(SECONDS * rate))
    return rate, samples


def level_model():
    """The bytes of a model of 8 bands that begins with both levels; the rest is as small as can be.
    """
    tensors = soundnet.TensorStore()
    generator = np.random.default_rng(5)
    header = {
        "name": "level", "licence": "CC0-1.0",
        "features": {"window_seconds": 0.025, "hop_seconds": 0.01, "fft_seconds": 0.05, "bands": 8,
                     "low_hertz": 60, "high_hertz": 7500, "mel_scale": "htk", "floor": 1e-14},
        "labels": ["sound"], "thresholds": [{"on": 0.5, "off": 0.3}], "frames_per_step": 4,
        "delay_steps": 0,
        "layers": [{"kind": "level", "coefficient": 0.02, "band_coefficient": 0.1, "floor": -21.5},
                   {"kind": "normalise", "mean": tensors.add(generator.standard_normal((8, 2))),
                    "scale": tensors.add(generator.uniform(0.5, 1.0, (8, 2)))},
                   {"kind": "conv", "in": 2, "out": 1, "kernel": [4, 8], "stride": [4, 1],
                    "dilation": 1, "pad": [0, 0], "relu": False,
                    "weight": tensors.add(0.1 * generator.standard_normal((4, 8, 2, 1))),
                    "bias": tensors.add(np.zeros(1))},
                   {"kind": "sigmoid"}]}
    return soundnet.encoded(header, tensors.data)


def write_level_golden():
    """Levels above their floor, a jump upwards, then near silence, in which the floor holds."""
    generator = np.random.default_rng(4)
    course = np.repeat([-18.0, -9.0, -30.0], [80, 60, 160])[:, None]
    logmel = (course + 2.0 * generator.standard_normal((300, 8))).astype("<f4")
    content = level_model()
    levelled, normalised, _, scores = soundnet.run(soundnet.decoded(content), logmel)
    (FIXTURES / "level.soundnet").write_bytes(content)
    for name, values in [("input", logmel), ("output", levelled), ("normalised", normalised),
                         ("scores", scores)]:
        (FIXTURES / f"level_{name}.f32").write_bytes(values.astype("<f4").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(OUTPUT))
    content = Path(parser.parse_args().model).read_bytes()
    model = soundnet.decoded(content)
    rate, samples = golden_sound()
    power = features.mel_power(samples, rate)[:FRAMES]
    logmel = np.log(np.maximum(power, model["features"]["floor"])).astype("<f4")
    layers = soundnet.run(model, logmel)
    output = layers[-1][:, 0, :]                                 # [steps, labels]
    (FIXTURES / "layers").mkdir(parents=True, exist_ok=True)
    for old in (FIXTURES / "layers").glob("*.f32"):
        old.unlink()
    (FIXTURES / "network_input.f32").write_bytes(logmel.tobytes())
    (FIXTURES / "network_output.f32").write_bytes(output.astype("<f4").tobytes())
    entries = []
    for index, values in enumerate(layers):
        values = values[-LAYER_FRAMES * len(values) // FRAMES:]
        name = f"layers/layer_{index:02d}.f32"
        (FIXTURES / name).write_bytes(values.astype("<f4").tobytes())
        entries.append({"index": index, "kind": model["layers"][index]["kind"], "file": name,
                        "shape": list(values.shape)})
    description = {
        "model": "Sources/CDefaultModel/default.soundnet", "model_crc32": zlib.crc32(content[20:]),
        "input": {"file": "network_input.f32", "shape": list(logmel.shape)},
        "output": {"file": "network_output.f32", "shape": list(output.shape)},
        "layer_frames": LAYER_FRAMES, "layers": entries}
    (FIXTURES / "network_golden.json").write_text(json.dumps(description, indent=1) + "\n")
    write_level_golden()
    best = output.max(axis=0)
    print("loudest answers:", {model["labels"][k]: round(float(best[k]), 2)
                               for k in np.argsort(-best)[:5]})


if __name__ == "__main__":
    main()
