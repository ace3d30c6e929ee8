"""The recogniser: a causal convolutional network over log-mel frames, one score per 40 ms.

Inside, data have the shape [batch, channels, time, frequency]. Every convolution is causal
in time: (kt - 1) * dilation + 1 - stride zeros go before the first frame and none after the
last, so output j has seen nothing newer than frame stride * j + stride - 1.

A network is a front that turns 4 frames x 64 bands into one vector a step, a trunk of dilated
residual blocks over the steps, and a head. The fronts that were compared are in `FRONTS`.
"""

import torch
from torch import nn
from torch.nn import functional

BANDS = 64
FRAMES_PER_STEP = 4
DELAY_STEPS = 2


class CausalConv(nn.Module):
    """Convolution, batch norm and ReLU, causal in time and padded with zeros in frequency."""

    def __init__(self, inputs, outputs, kernel, stride=(1, 1), dilation=1, pad=(0, 0),
                 depthwise=False, relu=True, norm=True):
        super().__init__()
        self.kernel, self.stride, self.dilation, self.pad = kernel, stride, dilation, pad
        self.depthwise, self.relu = depthwise, relu
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, dilation=(dilation, 1),
                              groups=inputs if depthwise else 1, bias=not norm)
        self.norm = nn.BatchNorm2d(outputs) if norm else None

    @property
    def history(self):
        """Frames before the first that the first output needs."""
        return (self.kernel[0] - 1) * self.dilation + 1 - self.stride[0]

    def forward(self, x, state=None):
        """x [batch, in, time, freq] -> [batch, out, time / stride, freq / stride].

        `state` [batch, in, history, freq] is the end of the input before x; zeros without it.
        """
        if state is None:
            x = functional.pad(x, (*self.pad, self.history, 0))
        else:
            x = functional.pad(torch.cat([state, x], dim=2), (*self.pad, 0, 0))
        x = self.shifted(x) if self.depthwise and self.kernel[1] == 1 else self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return functional.relu(x) if self.relu else x

    def shifted(self, x):
        """A depthwise convolution in time as a sum of shifted products; faster on a CPU."""
        steps = x.shape[2] - (self.kernel[0] - 1) * self.dilation
        weight = self.conv.weight[:, 0]                           # [channels, kt, 1]
        return sum(x[:, :, tap * self.dilation:][:, :, :steps] * weight[:, tap, :, None]
                   for tap in range(self.kernel[0]))


class Residual(nn.Module):
    """Dilated depthwise convolution in time, then a pointwise one, added to the input."""

    def __init__(self, channels, dilation):
        super().__init__()
        self.time = CausalConv(channels, channels, (5, 1), dilation=dilation, depthwise=True)
        self.mix = CausalConv(channels, channels, (1, 1), relu=False)

    def forward(self, x):
        """x [batch, channels, steps, 1], same shape out."""
        return functional.relu(x + self.mix(self.time(x)))


def separable(inputs, outputs, stride):
    """A 3 by 3 depthwise convolution and a pointwise one."""
    return [CausalConv(inputs, inputs, (3, 3), stride, pad=(1, 1), depthwise=True),
            CausalConv(inputs, outputs, (1, 1))]


class Broadcast(nn.Module):
    """A broadcast residual block: frequency convolution on the plane, time convolution on its
    mean over frequency, both added. Kim et al., Broadcasted Residual Learning for Efficient
    Keyword Spotting, Interspeech 2021, without sub-spectral normalisation."""

    def __init__(self, channels, dilation):
        super().__init__()
        self.frequency = CausalConv(channels, channels, (1, 3), pad=(1, 1), depthwise=True,
                                    relu=False)
        self.time = CausalConv(channels, channels, (3, 1), dilation=dilation, depthwise=True)
        self.mix = CausalConv(channels, channels, (1, 1))

    def forward(self, x):
        """x [batch, channels, time, freq], same shape out."""
        plane = self.frequency(x)
        mean = plane.mean(dim=3, keepdim=True)
        return functional.relu(x + plane + self.mix(self.time(mean)))


def separable_front(inputs, first, second, third, fourth):
    """3 x 5 convolution, then three separable ones; [4 * fourth] a step."""
    return [CausalConv(inputs, first, (3, 5), (2, 2), pad=(2, 2)),     # [first, T/2, 32]
            *separable(first, second, (2, 2)),                    # [second, T/4, 16]
            *separable(second, third, (1, 2)),                    # [third, T/4, 8]
            *separable(third, fourth, (1, 2))]                    # [fourth, T/4, 4]


def broadcast_front(inputs, first, second, third, fourth):
    """Separable convolutions down to 8 bands, with broadcast residual blocks between."""
    return [CausalConv(inputs, first, (3, 5), (2, 2), pad=(2, 2)),
            *separable(first, second, (2, 2)), Broadcast(second, 1),
            *separable(second, third, (1, 2)), Broadcast(third, 2),
            *separable(third, fourth, (1, 2)), Broadcast(fourth, 4)]


def band_front(inputs, first, second, third, fourth):
    """Bands as channels: 4 frames x 16 groups of 4 bands, without moving over frequency."""
    return [CausalConv(inputs, first, (4, 4), (4, 4)),                 # [first, T/4, 16]
            CausalConv(first, fourth, (1, 4), (1, 4))]            # [fourth, T/4, 4]


INPUTS = {"levels": 2, "level": 1, "pcen": 1}     # channels of a front end
FRONTS = {"separable": separable_front, "broadcast": broadcast_front, "bands": band_front}


class Network(nn.Module):
    """What a front end gives, [batch, frames, 64, inputs] -> logits [batch, frames / 4, labels]."""

    def __init__(self, labels, widths=(16, 32, 64, 96), channels=192,
                 dilations=(1, 2, 4, 8, 16, 1, 2), hidden=192, auxiliary=0, front="separable",
                 front_end="levels"):
        super().__init__()
        self.settings = dict(labels=labels, widths=tuple(widths), channels=channels,
                             dilations=tuple(dilations), hidden=hidden, auxiliary=auxiliary,
                             front=front, front_end=front_end)
        inputs = INPUTS[front_end]
        self.register_buffer("mean", torch.zeros(BANDS, inputs))
        self.register_buffer("scale", torch.ones(BANDS, inputs))
        self.front = nn.Sequential(*FRONTS[front](inputs, *widths))
        self.inward = CausalConv(4 * widths[3], channels, (1, 1))  # [channels, T/4, 1]
        self.blocks = nn.Sequential(*[Residual(channels, d) for d in dilations])
        self.hidden = CausalConv(channels, hidden, (1, 1))
        self.drop = nn.Dropout(0.1)
        self.outward = CausalConv(hidden, labels, (1, 1), relu=False, norm=False)
        # The teacher's further classes: a second task in training, not exported.
        self.teacher = CausalConv(hidden, auxiliary, (1, 1), relu=False, norm=False) \
            if auxiliary else None
        nn.init.constant_(self.outward.conv.bias, -4.0)

    def forward(self, x, auxiliary=False):
        """x [batch, frames, bands, inputs] -> logits [batch, steps, labels (+ auxiliary)]."""
        x = ((x - self.mean) * self.scale).permute(0, 3, 1, 2)    # [batch, inputs, T, 64]
        x = self.front(x)                                         # [batch, fourth, T/4, 4]
        x = x.permute(0, 3, 1, 2).flatten(1, 2).unsqueeze(-1)     # [batch, 4*fourth, T/4, 1]
        x = self.blocks(self.inward(x))
        x = self.drop(self.hidden(x))
        heads = [self.outward(x)] + ([self.teacher(x)] if auxiliary else [])
        x = torch.cat(heads, dim=1)                               # [batch, labels, T/4, 1]
        return x.squeeze(-1).transpose(1, 2)


def restored(checkpoint, averaged=True):
    """The network of a checkpoint file's content, in evaluation mode."""
    network = Network(**checkpoint["settings"])
    network.load_state_dict(checkpoint["average" if averaged else "network"])
    return network.eval()
