"""Tests of the network, the model file, scenes and training. Run: pytest"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("soundfile")
pytest.importorskip("torch")

import torch

import corpus
import data
import evaluate
import export
import features
import soundnet
import synthesis
import teacher
import tracker
import train
import tune
from network import CausalConv, Network, ShiftedProducts
from test_recordings import folder_of_tones

LABELS = 36


@pytest.fixture(scope="module")
def network():
    """A network with random weights and batch norm statistics, in evaluation mode."""
    torch.manual_seed(7)
    made = Network(LABELS)
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    made.scale.fill_(0.3)
    return made.eval()


@pytest.fixture(scope="module")
def logmel():
    """400 frames of plausible log-mel values."""
    return np.random.default_rng(1).normal(-14, 4, (400, features.BANDS)).astype(np.float32)


def test_level_of_a_full_scale_tone():
    """A sine of amplitude 1 has power 1/4 in its bin, and the filter has peak 1."""
    centre = data.BAND_HERTZ[30]
    samples = np.sin(2 * np.pi * centre * np.arange(16000) / 16000)
    power = features.mel_power(samples, 16000)[:, 30]
    assert 0.25 < power.mean() < 0.75     # neighbouring bins of the main lobe add


@pytest.mark.parametrize("kernel,stride,dilation,depthwise", [
    ((3, 5), (2, 2), 1, False), ((5, 1), (1, 1), 16, False), ((3, 3), (2, 2), 1, True),
    ((1, 1), (1, 1), 1, False), ((4, 4), (4, 4), 1, False), ((6, 8), (4, 4), 1, False),
    ((5, 1), (1, 1), 16, True)])
def test_each_layer_streams_as_in_one_batch(kernel, stride, dilation, depthwise):
    layer = CausalConv(4, 4 if depthwise else 6, kernel, stride, dilation,
                       pad=((kernel[1] - 1) // 2,) * 2, depthwise=depthwise).eval()
    x = torch.randn(1, 120, 16, 4)
    state, pieces = torch.zeros(1, layer.history, 16, 4), []
    for piece in x.split(4, dim=1):
        pieces.append(layer(piece, state))
        state = torch.cat([state, piece], dim=1)[:, -layer.history:] if layer.history else state
    assert torch.allclose(torch.cat(pieces, dim=1), layer(x), atol=1e-6)


@pytest.mark.parametrize("kernel,stride", [((4, 4), (4, 4)), ((1, 1), (1, 1))])
def test_products_of_patches_are_convolutions(kernel, stride):
    layer = CausalConv(3, 5, kernel, stride).eval()
    x = torch.randn(2, 40, 16, 3)
    expected = layer.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    assert torch.allclose(layer.patches(x), expected, atol=1e-6)


def test_shifted_products_are_a_depthwise_convolution():
    x = torch.randn(2, 20, 1, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), weight.t()[:, None, :, None],
                                          dilation=(2, 1), groups=3).permute(0, 2, 3, 1)
    assert torch.allclose(ShiftedProducts.apply(x, weight, 2), expected)
    assert torch.autograd.gradcheck(lambda *v: ShiftedProducts.apply(*v, 2), (x, weight))


def test_the_network_is_causal(network, logmel):
    """What follows step j changes no answer up to step j."""
    changed = logmel.copy()
    changed[200:] += 5.0
    with torch.no_grad():
        whole, other = network(torch.from_numpy(np.stack([features.levelled(logmel),
                                                          features.levelled(changed)])))
    assert torch.allclose(whole[:50], other[:50], atol=1e-5)
    assert (whole[50:] - other[50:]).abs().max() > 1e-4


@pytest.mark.parametrize("steps", [1, 2, 7, 63, 100])
def test_the_network_streams_as_in_one_batch(network, logmel, steps):
    """The answers to a beginning of the sound are the beginning of the answers to all of it."""
    with torch.no_grad():
        whole = network(torch.from_numpy(features.levelled(logmel)[None]))
        beginning = network(torch.from_numpy(features.levelled(logmel[:4 * steps])[None]))
    assert torch.allclose(beginning, whole[:, :steps], atol=1e-5)


def test_the_model_file_gives_the_answers_of_pytorch(network, logmel):
    limits = [{"on": 0.5, "off": 0.3}] * LABELS
    content = export.model_file(network, [f"label {k}" for k in range(LABELS)], limits)
    assert (20 + int.from_bytes(content[12:16], "little")) % 64 == 0
    model = soundnet.decoded(content)
    assert len(model["labels"]) == len(model["thresholds"]) == LABELS
    with torch.no_grad():
        taken = torch.from_numpy(features.levelled(logmel)[None])
        expected = torch.sigmoid(network(taken))[0].numpy()
    answer = soundnet.run(model, logmel)[-1][:, 0, :]
    assert answer.shape == (100, LABELS)
    assert np.max(np.abs(answer - expected)) < 1e-4


def test_a_damaged_model_file_is_refused(network):
    content = bytearray(export.model_file(network, ["x"] * LABELS, []))
    content[-5] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        soundnet.decoded(bytes(content))


def test_the_network_keeps_its_budget(network):
    model = soundnet.decoded(export.model_file(network, ["x"] * LABELS, []))
    assert sum(row[2] for row in soundnet.costs(model)) <= 15e6
    assert sum(p.numel() for p in network.parameters()) <= 1_000_000


def test_average_precision():
    truth, scores = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1])
    assert evaluate.average_precision(truth, scores) == pytest.approx((1 + 2 / 3) / 2)
    assert evaluate.average_precision(truth, np.ones(4)) == pytest.approx(0.5)


def synthetic_corpus():
    """A few synthesised clips in place of recordings."""
    generator, clips = np.random.default_rng(2), []
    for number, label in enumerate(["siren", "car_horn", "bird", ""] * 3):
        columns = corpus.mel_columns(synthesis.make(label, generator), with_teacher=True)
        power = columns[:, :features.BANDS]
        active = corpus.active_by_energy(power)
        clips.append(corpus.Clip(f"{number}", number % 4 if label else -1, "test", f"{number}",
                                 False, columns, active, corpus.trust_in(active, power, None),
                                 np.zeros((1, 3), np.float32), category=4))
    return clips


def drawn(mixer, count=2):
    """A batch of scenes as arrays."""
    return [np.asarray(a) for a in data.batch_of(mixer, count, 2)]


def test_scenes_repeat_for_a_seed_and_have_targets():
    clips = synthetic_corpus()
    first, second = (drawn(data.Mixer(clips, 3, seed=8, targets=5), 8) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    logmel, target, weight, power = first
    assert logmel.shape == (8, 1000, 64, 2) and target.shape == weight.shape == (8, 250, 5)
    assert power.shape == (8, 1000, teacher.BANDS)
    assert np.isfinite(logmel).all() and 0 < target[..., :3].mean() < 0.6
    assert (weight[:, :2] == 0).all() and weight.min() >= 0 and weight.max() <= 1
    # The category is heard where any of its labels is.
    assert (target[..., 4] >= target[..., :3].max(axis=-1)).all()


def test_the_teacher_hears_the_scene_that_the_network_hears():
    """What a sum of samples gives is, but for interference, what the mixer's columns give, and a
    spectrum that is moved up for the network is moved up as far for the teacher."""
    t = np.arange(32000) / 16000
    tone, other = np.sin(2 * np.pi * 1000 * t), 0.3 * np.sin(2 * np.pi * 3100 * t)
    both, alone = (corpus.mel_columns(x, True) for x in (tone + other, tone))
    assert np.allclose(both, alone + corpus.mel_columns(other, True), rtol=0.05,
                       atol=1e-3 * both.max(axis=0).min() + 1e-4)
    moved = data.shift_bands(alone, 6.0).mean(axis=0)
    peaks = [data.BAND_HERTZ[moved[:64].argmax()], teacher.BAND_HERTZ[moved[64:].argmax()]]
    assert peaks[0] > 1200 and abs(np.log2(peaks[0] / peaks[1])) < 0.1


class LoudestFrame:
    """A teacher whose first class is the loudest band of the loudest frame of a window."""

    def hear(self, power):
        logits = np.zeros((len(power), teacher.CLASSES), np.float32)
        logits[:, 0] = power.max(axis=(1, 2))
        return logits, np.zeros((len(power), teacher.EMBEDDING), np.float32)


def test_lessons_belong_to_the_steps_that_answer_to_them():
    """A click in one frame is in the window whose steps, two later, contain its own."""
    for frame in range(300, 700, 29):
        power = np.zeros((1, 1000, teacher.BANDS), np.float32)
        power[0, frame] = 1.0
        generator = np.random.default_rng(frame)
        steps, logits, _ = data.lessons(generator, LoudestFrame(), power, delay_steps=2)
        assert steps.shape == (1, 4, 50) and logits.shape == (1, 4, teacher.CLASSES)
        assert steps.min() >= 2 and steps.max() < 250
        answering = frame // corpus.STEP_FRAMES + 2
        inside = [bool((window == answering).any()) for window in steps[0]]
        assert inside == (logits[0, :, 0] == 1.0).tolist() and sum(inside) <= 1


@pytest.mark.parametrize("label", synthesis.MAKERS)
def test_made_sounds_are_heard(label):
    generator = np.random.default_rng(5)
    for _ in range(20):
        samples = synthesis.make(label, generator)
        assert 3 * 16000 <= len(samples) <= 6 * 16000
        assert np.isfinite(samples).all() and 0.9 < np.abs(samples).max() < 1.01


def test_sounds_that_are_kept_apart_do_not_overlap():
    mixer = data.Mixer(synthetic_corpus(), 3, seed=8, apart=True)
    for number in range(20):
        mixer.begin(number)
        _, layers = mixer.layers(1000)
        ends = [layer.first + len(layer.power) for layer in layers]
        assert 1 <= len(layers) <= mixer.apart_sounds[1] and ends[-1] <= 1000
        assert all(end <= after.first for end, after in zip(ends, layers[1:]))


def test_some_scenes_over_noise_have_a_fainter_one():
    mixer, levels = data.Mixer(synthetic_corpus(), 3, seed=8), []
    for number in range(200):
        mixer.begin(number)
        rest, layers = mixer.layers(200)
        if not any(layer.first == 0 and len(layer.power) == 200 for layer in layers):
            levels.append(10 * np.log10(data.loudness(rest).mean()))
    faint = np.array(levels) < -5.0
    assert abs(faint.mean() - mixer.faint_share) < 3 * np.sqrt(0.21 / len(levels))
    assert np.all((np.array(levels)[faint] > -46.0) & (np.array(levels)[faint] < -6.0))


def test_few_computed_sounds_are_drawn_seldom():
    real, computed = synthetic_corpus(), synthetic_corpus()
    for number, clip in enumerate(computed):
        clip.dataset, clip.source = "synthetic", f"synthetic {number}"
    mixer = data.Mixer(real + computed, 3, seed=8)
    assert mixer.shares == {0: 3 / 600, 1: 3 / 600, 2: 3 / 600, -1: 3 / 600}
    mixer.shares[0] = 0.4
    drawn = [mixer.draw_clip(0).dataset for _ in range(400)]
    assert 0.3 < drawn.count("synthetic") / 400 < 0.5


def test_any_step_can_be_drawn_alone():
    mixer = data.Mixer(synthetic_corpus(), 3, seed=8)
    mixer.begin(3)
    third = drawn(mixer)
    mixer.begin(4)
    drawn(mixer)
    mixer.begin(3)
    assert all(np.array_equal(a, b) for a, b in zip(third, drawn(mixer)))


def trained(folder, run, *options):
    """The checkpoint of a short training on a folder of tones."""
    subprocess.run([sys.executable, "train.py", "--data", str(folder), "--cache",
                    str(folder.parent / "cache"), "--run", str(run), "--group", "^[a-d]",
                    "--steps", "6", "--batch", "2", "--widths", "4", "4", "4", "4",
                    "--channels", "8", "--hidden", "8", *options],
                   check=True, cwd=Path(__file__).parent)
    return torch.load(run / "last.pt", weights_only=True)


def test_a_training_that_was_broken_off_gives_the_same_weights(tmp_path):
    folder_of_tones(tmp_path / "tones")
    whole = trained(tmp_path / "tones", tmp_path / "whole")
    trained(tmp_path / "tones", tmp_path / "parts", "--until", "3")
    parts = trained(tmp_path / "tones", tmp_path / "parts", "--resume")
    assert whole["labels"] == ["high", "low"] and whole["step"] == parts["step"] == 6
    for name, values in whole["network"].items():
        assert torch.equal(values, parts["network"][name]), name
    for name, values in whole["average"].items():
        assert torch.equal(values, parts["average"][name]), name


def test_a_training_can_begin_with_the_weights_of_another(tmp_path):
    folder_of_tones(tmp_path / "tones")
    first = trained(tmp_path / "tones", tmp_path / "first")
    first["average"]["outward.conv.weight"] = torch.zeros(3, 8, 1, 1)      # another head
    torch.save(first, tmp_path / "first.pt")
    second = trained(tmp_path / "tones", tmp_path / "second", "--steps", "1", "--rate", "0",
                     "--decay", "0", "--start", str(tmp_path / "first.pt"))
    for name, values in second["network"].items():
        if "running" in name or "num_batches" in name:
            continue
        if name == "outward.conv.weight":
            assert values.shape == (2, 8, 1, 1) and values.abs().max() > 0
        else:
            assert torch.equal(values, first["average"][name]), name


def test_a_wider_network_begins_as_the_narrower_one_is(network, tmp_path):
    torch.save({"average": network.state_dict()}, tmp_path / "narrow.pt")
    sizes = {"widths": (48, 32, 80, 96), "channels": 200, "hidden": 224}
    wide, other = Network(LABELS, **sizes).eval(), Network(LABELS + 4, **sizes).eval()
    own = other.outward.conv.weight.clone()
    for made in (wide, other):
        train.begin_with(made, tmp_path / "narrow.pt")
    heard = torch.randn(1, 200, 64, 2)
    with torch.no_grad():
        assert torch.allclose(wide(heard), network(heard), atol=1e-4)
    assert torch.equal(other.outward.conv.weight, own)


def test_a_training_does_not_take_the_place_of_another(tmp_path):
    folder_of_tones(tmp_path / "tones")
    first = trained(tmp_path / "tones", tmp_path / "run")
    with pytest.raises(subprocess.CalledProcessError):
        trained(tmp_path / "tones", tmp_path / "run")
    kept = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    assert torch.equal(kept["network"]["inward.conv.weight"],
                       first["network"]["inward.conv.weight"])


def test_platt_finds_scale_and_shift():
    generator = np.random.default_rng(1)
    logit = generator.normal(-2, 3, 200_000)
    truth = generator.random(200_000) < 1 / (1 + np.exp(-(0.7 * logit + 0.5)))
    assert tune.platt(logit, truth.astype(float)) == pytest.approx([0.7, 0.5], abs=0.03)


def test_counts_of_the_tuning():
    scores = np.zeros((1, 100))
    scores[0, 10:20], scores[0, 22:30], scores[0, 60:61] = 0.9, 0.9, 0.9
    bounds, onsets, offsets = np.array([0, 1]), np.array([12.0]), np.array([28.0])
    assert tune.judged(scores, scores.max(axis=1), bounds, onsets, offsets,
                       0.5, 0.3, 5, 3) == (1, 0, 1, 0, 1)
    assert tune.judged(scores, scores.max(axis=1), bounds, onsets, offsets,
                       0.5, 0.3, 1, 3) == (1, 1, 1, 1, 2)


def test_the_interval_of_a_rate_is_that_of_tables():
    # Garwood 1936: 0 heard, up to 3.689; 5 heard, 1.623 to 11.668.
    assert tune.poisson_interval(0, 1.0) == pytest.approx((0.0, 3.689), abs=1e-3)
    assert tune.poisson_interval(5, 1.0) == pytest.approx((1.623, 11.668), abs=1e-3)


def candidates_with(alarms, value):
    """Candidates of one label, thresholds rising; both lists by candidate."""
    return np.rec.fromrecords(
        [(0.1 * k, 0.5, 0.04, 0.2, 0.4, 0, a, v, v, v)
         for k, (a, v) in enumerate(zip(alarms, value), start=3)], names=tune.FIELDS)


def test_a_false_alarm_goes_to_the_label_that_makes_most_of_it():
    good, poor = (candidates_with([40.0, 10.0, 1.0, 0.01], value)
                  for value in ([0.9, 0.8, 0.7, 0.2], [0.12, 0.1, 0.08, 0.0]))
    points = tune.points_of([good, poor])
    for name, allowed in tune.SENSITIVITIES.items():
        assert sum(p[name].alarms for p in points) <= 2 * allowed
    assert points[0]["normal"].recall == pytest.approx(0.7)
    assert points[0]["high"].recall > points[1]["high"].recall
    for own in points:
        assert own["low"].on >= own["normal"].on >= own["high"].on


def test_how_long_a_sound_waits_to_be_told():
    scores = np.zeros((1, 100))
    scores[0, 20:60] = 0.9
    newest, smoothed = tracker.medians(scores, 4, 0), tracker.smooth(scores, 9)
    bounds, onsets, offsets = np.array([0, 2]), np.array([20.0, 80.0]), np.array([60.0, 90.0])
    settling = (0.5, 0.3, 5.0, 4.0)
    # Three of the five newest scores; settled, nine steps and five later.
    assert list(tune.delays(newest, smoothed, 9, 5, 0.8, *settling, bounds, onsets,
                            offsets)) == [3.0, -1.0]
    assert list(tune.delays(newest, smoothed, 9, 5, 0.95, *settling, bounds, onsets,
                            offsets)) == [14.0, -1.0]
    assert tune.told(newest, smoothed, 9, 5, 0.8, *settling) == 1
