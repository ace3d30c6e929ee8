"""Writes what the Swift tests of the network compare with, from the shipped model.

The input is 3 s of synthetic sound: a two-tone siren, noise, digital silence, a car horn.
The output comes from the layers run in float64 by `soundnet.py`, which `test_training.py`
holds against PyTorch. Each layer's output over the first 40 frames is written as well.

    python3 goldens.py
"""

import argparse
import json
import sys
import zlib
from pathlib import Path

import numpy as np

import features
import soundnet
from export import OUTPUT

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests" / "SoundNetTests" / "Fixtures"
FRAMES = 300
LAYER_FRAMES = 40


def golden_sound():
    """3.1 s of mono samples at 32 kHz."""
    sys.path.insert(0, str(ROOT / "demo"))
    import make_scene
    generator = np.random.default_rng(3)
    rate = make_scene.RATE
    noise = 0.03 * generator.standard_normal(int(0.7 * rate))
    siren = make_scene.two_tone_siren(generator)[4 * rate:int(5.2 * rate)]
    horn = make_scene.horn_blast(generator, 0.8)[:int(0.8 * rate)]
    return rate, np.concatenate([0.25 * siren, noise, np.zeros(int(0.4 * rate)), 0.3 * horn])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(OUTPUT))
    content = Path(parser.parse_args().model).read_bytes()
    model = soundnet.decoded(content)
    rate, samples = golden_sound()
    logmel = features.log_mel(features.mel_power(samples, rate))[:FRAMES].astype("<f4")
    output = soundnet.run(model, logmel)[-1][:, 0, :]            # [steps, labels]
    (FIXTURES / "layers").mkdir(parents=True, exist_ok=True)
    (FIXTURES / "network_input.f32").write_bytes(logmel.tobytes())
    (FIXTURES / "network_output.f32").write_bytes(output.astype("<f4").tobytes())
    entries = []
    for index, values in enumerate(soundnet.run(model, logmel[:LAYER_FRAMES])):
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
    best = output.max(axis=0)
    print("loudest answers:", {model["labels"][k]: round(float(best[k]), 2)
                               for k in np.argsort(-best)[:5]})


if __name__ == "__main__":
    main()
