"""Steps a model file through onnxruntime, to compare its cost with that of the built-in engine.

    python3 onnx_stream.py ../Sources/CDefaultModel/default.soundnet ../demo/scene.flac

The graph takes the frames of one step and the history of every layer that has one, and gives
the scores and the new histories: a step computes only what is new, as in the engine. Its scores
must be those of the numpy run to 1e-4. One thread; the session does nothing else.
"""

import argparse
import sys
import time
from pathlib import Path

try:
    import numpy as np
    import onnx
    import onnxruntime
    import soundfile
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    print(f"onnxruntime: not compared, {missing}; see Training/requirements.txt", file=sys.stderr)
    sys.exit(0 if "--optional" in sys.argv else 1)

import features
import soundnet

TOLERANCE = 1e-4
CHECKED_FRAMES = 2000


class StreamGraph:
    """Collects the nodes of a step. Data have ONNX's shape [1, channels, time, freq]."""

    def __init__(self, model):
        self.model = model
        self.frames = model["frames_per_step"]
        self.nodes, self.weights = [], []
        self.states = {}                                # input name -> (output name, shape)
        self.outputs = []                               # (name, channels, frames, width) by layer

    def node(self, kind, inputs, **attributes):
        """Adds a node and returns the name of its output."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, values, dtype=np.float32):
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def state(self, new, shape):
        """The name of a state input of `shape` that becomes `new` in the next step."""
        name = f"state_{len(self.states)}"
        self.states[name] = (new, shape)
        return name

    def running_mean(self, values, count, coefficient, name, shape):
        """The names of the running means after each frame; `count` are those frames' counts."""
        current, means = self.state(f"{name}_next", shape), []
        for value, frames in zip(values, count):
            rate = self.node("Max", [self.node("Div", [self.constant([1.0]), frames]),
                                     self.constant([coefficient])])
            step = self.node("Mul", [rate, self.node("Sub", [value, current])])
            current = self.node("Add", [current, step])
            means.append(current)
        self.nodes.append(helper.make_node("Identity", [current], [f"{name}_next"]))
        return means

    def level(self, layer, x, shape):
        """The running levels; the count of frames is a state, too."""
        _, _, width = shape
        count, counts, rows = self.state("count_next", [1]), [], []
        for frame in range(self.frames):
            count = self.node("Add", [count, self.constant([1.0])])
            counts.append(count)
            rows.append(self.node("Slice", [x] + [self.constant(v, np.int64)
                                                  for v in ([frame], [frame + 1], [2])]))
        self.nodes.append(helper.make_node("Identity", [count], ["count_next"]))
        means = [self.node("ReduceMean", [row]) for row in rows]               # [1, 1, 1, 1]
        levels = [self.running_mean(means, counts, layer["coefficient"], "level", [1, 1, 1, 1])]
        if "band_coefficient" in layer:
            levels.append(self.running_mean(rows, counts, layer["band_coefficient"], "bands",
                                            [1, 1, 1, width]))
        floor = self.constant([layer["floor"]])
        channels = [self.node("Concat", [self.node("Sub", [row, self.node("Max", [base, floor])])
                                         for row, base in zip(rows, bases)], axis=2)
                    for bases in levels]
        return self.node("Concat", channels, axis=1), (len(channels), self.frames, width)

    def convolution(self, layer, x, shape):
        """Conv after the history of its input; `shape` is (channels, frames, width)."""
        (kt, kf), (st, sf), dilation = layer["kernel"], layer["stride"], layer["dilation"]
        channels, frames, width = shape
        history = (kt - 1) * dilation + 1 - st
        if history > 0:
            name = f"history_next_{len(self.states)}"
            joined = self.node("Concat", [self.state(name, [1, channels, history, width]), x],
                               axis=2)
            self.nodes.append(helper.make_node(
                "Slice", [joined] + [self.constant(v, np.int64)
                                     for v in ([frames], [frames + history], [2])], [name]))
            x = joined
        weight = layer["weight"]
        if layer["kind"] == "depthwise":
            weight = weight.transpose(2, 0, 1)[:, None]                 # [channels, 1, kt, kf]
            group, outputs = channels, channels
        else:
            weight = weight.transpose(3, 2, 0, 1)                       # [out, in, kt, kf]
            group, outputs = 1, layer["out"]
        low, high = layer["pad"]
        y = self.node("Conv", [x, self.constant(weight), self.constant(layer["bias"])],
                      strides=[st, sf], dilations=[dilation, 1], group=group,
                      pads=[0, low, 0, high])
        return y, (outputs, frames // st, (width + low + high - kf) // sf + 1)

    def applied(self, layer, x, shape):
        """(name, shape) of the output of one layer."""
        kind = layer["kind"]
        if kind == "level":
            return self.level(layer, x, shape)
        if kind == "normalise":
            channels, _, width = shape
            mean, scale = (layer[key].reshape(width, channels).T[:, None]      # [C, 1, F]
                           for key in ("mean", "scale"))
            centred = self.node("Sub", [x, self.constant(mean)])
            return self.node("Mul", [centred, self.constant(scale)]), shape
        if kind in ("conv", "depthwise"):
            return self.convolution(layer, x, shape)
        if kind == "flatten":
            channels, frames, width = shape
            turned = self.node("Transpose", [x], perm=[0, 3, 1, 2])     # [1, F, C, T]
            size = self.constant([1, channels * width, frames, 1], np.int64)
            return self.node("Reshape", [turned, size]), (channels * width, frames, 1)
        if kind == "add":
            return self.node("Add", [x, self.outputs[layer["from"]]]), shape
        if kind == "sigmoid":
            return self.node("Sigmoid", [x]), shape
        raise ValueError(f"layer kind {kind!r}, expected one of docs/model.md")

    def built(self):
        """The ONNX model: inputs `frames` and the states, outputs `scores` and the new states."""
        shape = (1, self.frames, self.model["features"]["bands"])
        x = "frames"
        for layer in self.model["layers"]:
            x, shape = self.applied(layer, x, shape)
            if layer.get("relu"):
                x = self.node("Relu", [x])
            self.outputs.append(x)
        self.nodes.append(helper.make_node("Identity", [x], ["scores"]))

        def value(name, dimensions):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, dimensions)

        inputs = [value("frames", [1, 1, self.frames, self.model["features"]["bands"]])]
        inputs += [value(name, shape) for name, (_, shape) in self.states.items()]
        outputs = [value("scores", [1, len(self.model["labels"]), 1, 1])]
        outputs += [value(new, shape) for new, shape in self.states.values()]
        graph = helper.make_graph(self.nodes, "soundnet", inputs, outputs, self.weights)
        built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        onnx.checker.check_model(built)
        return built


class Stepper:
    """A streaming session: bound inputs and outputs, the states of two steps in turn."""

    def __init__(self, model):
        graph = StreamGraph(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            graph.built().SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.frames = np.zeros((1, 1, graph.frames, model["features"]["bands"]), np.float32)
        self.scores = np.zeros((1, len(model["labels"]), 1, 1), np.float32)
        banks = [{name: np.zeros(shape, np.float32) for name, (_, shape) in graph.states.items()}
                 for _ in range(2)]
        self.bindings = [self.bound(graph.states, banks[i], banks[1 - i]) for i in range(2)]
        self.turn = 0

    def bound(self, states, old, new):
        binding = self.session.io_binding()

        def bind(method, name, values):
            method(name, "cpu", 0, np.float32, values.shape, values.ctypes.data)

        bind(binding.bind_input, "frames", self.frames)
        bind(binding.bind_output, "scores", self.scores)
        for name, (following, _) in states.items():
            bind(binding.bind_input, name, old[name])
            bind(binding.bind_output, following, new[name])
        self.kept = getattr(self, "kept", []) + [old, new]
        return binding

    def step(self, frames):
        """The scores [labels] for [frames, bands], valid until the next step."""
        self.frames[0, 0] = frames
        self.session.run_with_iobinding(self.bindings[self.turn])
        self.turn = 1 - self.turn
        return self.scores[0, :, 0, 0]


def stepped(model, logmel):
    """Scores [steps, labels] and CPU seconds of each step."""
    stepper = Stepper(model)
    size = model["frames_per_step"]
    steps = len(logmel) // size
    scores = np.empty((steps, len(model["labels"])), np.float32)
    times = np.empty(steps)
    for j in range(steps):
        start = time.thread_time()
        scores[j] = stepper.step(logmel[j * size:(j + 1) * size])
        times[j] = time.thread_time() - start
    return scores, times


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("recording")
    parser.add_argument("--optional", action="store_true",
                        help="say so, and no more, when a Python package is missing")
    arguments = parser.parse_args()
    model = soundnet.decoded(Path(arguments.model).read_bytes())
    samples, rate = soundfile.read(arguments.recording, dtype="float32", always_2d=True)
    power = features.mel_power(samples[:, 0], rate)
    logmel = np.log(np.maximum(power, model["features"]["floor"])).astype(np.float32)
    scores, times = stepped(model, logmel)
    size = model["frames_per_step"]
    checked = min(CHECKED_FRAMES, len(logmel)) // size
    expected = soundnet.run(model, logmel[:checked * size])[-1][:, 0, :]
    worst = np.abs(scores[:checked] - expected).max()
    if worst > TOLERANCE:
        sys.exit(f"the scores are off by {worst:.1e}, accepted: up to {TOLERANCE}")
    step = np.median(times)
    per_second = step / (size * model["features"]["hop_seconds"])
    print(f"onnxruntime {onnxruntime.__version__}, one thread, {model['name']}: "
          f"{1e6 * step:.1f} us a step, {1e3 * per_second:.3f} ms CPU per second of audio; "
          f"scores within {worst:.1e} of numpy")


if __name__ == "__main__":
    main()
