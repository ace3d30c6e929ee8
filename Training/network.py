"""The recogniser: a causal convolutional network over log-mel frames, one score per 40 ms.

Inside, data have the shape [batch, time, frequency, channels], as in the engine. Every
convolution is causal in time: (kt - 1) * dilation + 1 - stride zeros go before the first frame
and none after the last, so output j has seen nothing newer than frame stride * j + stride - 1.

A network is a front that turns 4 frames x 64 bands into one vector a step, a trunk of dilated
residual blocks over the steps, and a head. The fronts that were compared are in `FRONTS`.
"""

import torch
from torch import nn
from torch.nn import functional

BANDS = 64
FRAMES_PER_STEP = 4
DELAY_STEPS = 2


class ShiftedProducts(torch.autograd.Function):
    """A depthwise convolution in time as a sum of shifted products, which a CPU does in a third
    of the time of a convolution: y[t] = sum over k of x[t + k * dilation] * weight[k]."""

    @staticmethod
    def forward(ctx, x, weight, dilation):
        """x [batch, time, freq, channels], weight [kt, channels]."""
        ctx.save_for_backward(x, weight)
        ctx.dilation, ctx.steps = dilation, x.shape[1] - (len(weight) - 1) * dilation
        y = x[:, :ctx.steps] * weight[0]
        for k in range(1, len(weight)):
            y.addcmul_(x[:, k * dilation:][:, :ctx.steps], weight[k])
        return y

    @staticmethod
    def backward(ctx, gradient):
        """Gradients of x and weight."""
        x, weight = ctx.saved_tensors
        of_x, of_weight = torch.zeros_like(x), torch.empty_like(weight)
        for k in range(len(weight)):
            part = slice(k * ctx.dilation, k * ctx.dilation + ctx.steps)
            of_x[:, part].addcmul_(gradient, weight[k])
            of_weight[k] = (x[:, part] * gradient).sum((0, 1, 2))
        return of_x, of_weight, None


class CausalConv(nn.Module):
    """Convolution, batch norm and ReLU, causal in time and padded with zeros in frequency."""

    def __init__(self, inputs, outputs, kernel, stride=(1, 1), dilation=1, pad=(0, 0),
                 depthwise=False, relu=True, norm=True):
        super().__init__()
        self.kernel, self.stride, self.dilation, self.pad = kernel, stride, dilation, pad
        self.depthwise, self.relu = depthwise, relu
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, dilation=(dilation, 1),
                              groups=inputs if depthwise else 1, bias=not norm)
        self.norm = nn.BatchNorm1d(outputs) if norm else None
        assert norm or not depthwise, "the bias of a depthwise convolution is that of its norm"

    @property
    def history(self):
        """Frames before the first that the first output needs."""
        return (self.kernel[0] - 1) * self.dilation + 1 - self.stride[0]

    def forward(self, x, state=None):
        """x [batch, time, freq, in] -> [batch, time / stride, freq / stride, out].

        `state` [batch, history, freq, in] is the end of the input before x; zeros without it.
        """
        if state is not None:
            x = torch.cat([state, x], dim=1)
        before = self.history if state is None else 0
        if before or any(self.pad):
            x = functional.pad(x, (0, 0, *self.pad, before, 0))
        x = self.convolved(x)
        if self.norm is not None:
            x = self.norm(x.flatten(0, 2)).view_as(x)
        return functional.relu(x) if self.relu else x

    def convolved(self, x):
        """The convolution of the padded x, in the way that is fastest on a CPU."""
        if self.depthwise and self.kernel[1] == 1:
            weight = self.conv.weight[:, 0, :, 0].t().to(x.dtype).contiguous()  # [kt, channels]
            return ShiftedProducts.apply(x, weight, self.dilation)
        if self.kernel == self.stride and not self.depthwise:
            return self.patches(x)
        return self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).contiguous()

    def patches(self, x):
        """A convolution of patches that do not overlap, as one matrix product."""
        (kt, kf), inputs = self.kernel, x.shape[3]
        batch, time, bands = x.shape[0], x.shape[1] // kt, x.shape[2] // kf
        x = x[:, :time * kt, :bands * kf].reshape(batch, time, kt, bands, kf, inputs)
        x = x.transpose(2, 3).reshape(batch, time, bands, kt * kf * inputs)
        weight = self.conv.weight.permute(0, 2, 3, 1).flatten(1)  # [out, kt * kf * in]
        return functional.linear(x, weight, self.conv.bias)


class Residual(nn.Module):
    """Dilated depthwise convolution in time, then a pointwise one, added to the input."""

    def __init__(self, channels, dilation):
        super().__init__()
        self.time = CausalConv(channels, channels, (5, 1), dilation=dilation, depthwise=True)
        self.mix = CausalConv(channels, channels, (1, 1), relu=False)

    def forward(self, x):
        """x [batch, steps, 1, channels], same shape out."""
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
        """x [batch, time, freq, channels], same shape out."""
        plane = self.frequency(x)
        mean = plane.mean(dim=2, keepdim=True)
        return functional.relu(x + plane + self.mix(self.time(mean)))


def separable_front(inputs, first, second, third, fourth):
    """3 x 5 convolution, then three separable ones; [4 * fourth] a step."""
    return [CausalConv(inputs, first, (3, 5), (2, 2), pad=(2, 2)),     # [T/2, 32, first]
            *separable(first, second, (2, 2)),                    # [T/4, 16, second]
            *separable(second, third, (1, 2)),                    # [T/4, 8, third]
            *separable(third, fourth, (1, 2))]                    # [T/4, 4, fourth]


def broadcast_front(inputs, first, second, third, fourth):
    """Separable convolutions down to 8 bands, with broadcast residual blocks between."""
    return [CausalConv(inputs, first, (3, 5), (2, 2), pad=(2, 2)),
            *separable(first, second, (2, 2)), Broadcast(second, 1),
            *separable(second, third, (1, 2)), Broadcast(third, 2),
            *separable(third, fourth, (1, 2)), Broadcast(fourth, 4)]


def band_front(inputs, first, second, third, fourth):
    """Bands as channels: 4 frames x 16 groups of 4 bands, without moving over frequency."""
    return [CausalConv(inputs, first, (4, 4), (4, 4)),                 # [T/4, 16, first]
            CausalConv(first, fourth, (1, 4), (1, 4))]            # [T/4, 4, fourth]


def overlap_front(inputs, first, second, third, fourth):
    """As `band_front`, with patches that overlap in time and frequency, in three layers."""
    return [CausalConv(inputs, first, (6, 8), (4, 4), pad=(2, 2)),     # [T/4, 16, first]
            CausalConv(first, third, (1, 3), (1, 2), pad=(1, 0)),      # [T/4, 8, third]
            CausalConv(third, fourth, (1, 3), (1, 2), pad=(1, 0))]     # [T/4, 4, fourth]


INPUTS = {"levels": 2, "level": 1, "pcen": 1}     # channels of a front end
FRONTS = {"separable": separable_front, "broadcast": broadcast_front, "bands": band_front,
          "overlap": overlap_front}


class Network(nn.Module):
    """What a front end gives, [batch, frames, 64, inputs] -> logits [batch, frames / 4, labels]."""

    def __init__(self, labels, widths=(40, 32, 64, 96), channels=192,
                 dilations=(1, 2, 4, 8, 16, 1, 2), hidden=192, categories=0, lessons=0,
                 front="overlap", front_end="levels"):
        super().__init__()
        self.settings = {"labels": labels, "widths": tuple(widths), "channels": channels,
                         "dilations": tuple(dilations), "hidden": hidden,
                         "categories": categories, "lessons": lessons,
                         "front": front, "front_end": front_end}
        inputs = INPUTS[front_end]
        self.register_buffer("mean", torch.zeros(BANDS, inputs))
        self.register_buffer("scale", torch.ones(BANDS, inputs))
        self.front = nn.Sequential(*FRONTS[front](inputs, *widths))
        self.inward = CausalConv(4 * widths[3], channels, (1, 1))  # [T/4, 1, channels]
        self.thin = nn.Dropout2d(0.1)                              # whole channels of a scene
        self.blocks = nn.Sequential(*[Residual(channels, d) for d in dilations])
        self.hidden = CausalConv(channels, hidden, (1, 1))
        self.drop = nn.Dropout(0.2)
        self.outward = CausalConv(hidden, labels, (1, 1), relu=False, norm=False)
        # Further tasks in training, not exported: categories, and what the teacher says.
        self.further = nn.Linear(hidden, categories) if categories else None
        self.teacher = nn.Linear(hidden, lessons) if lessons else None
        nn.init.constant_(self.outward.conv.bias, -4.0)

    def heard(self, x):
        """x [batch, frames, bands, inputs] -> what the heads take, [batch, steps, hidden]."""
        x = self.front((x - self.mean) * self.scale)              # [batch, T/4, 4, fourth]
        x = self.inward(x.flatten(2).unsqueeze(2))                # [batch, T/4, 1, channels]
        x = self.blocks(self.thin(x.transpose(1, 3)).transpose(1, 3))
        return self.hidden(x).squeeze(2)

    def forward(self, x):
        """x [batch, frames, bands, inputs] -> logits [batch, steps, labels]."""
        return self.outward(self.drop(self.heard(x)).unsqueeze(2)).squeeze(2)

    def all_tasks(self, x, windows=None):
        """(logits [batch, steps, labels + categories], answers [batch, windows, lessons]).

        `windows` [batch, windows, steps] are the steps whose mean is to say what the teacher says;
        without it the answers are None.
        """
        heard = self.heard(x)
        dropped = self.drop(heard)
        logits = self.outward(dropped.unsqueeze(2)).squeeze(2)
        if self.further is not None:
            logits = torch.cat([logits, self.further(dropped)], dim=-1)
        if windows is None:
            return logits, None
        scene = torch.arange(len(x))[:, None, None]
        return logits, self.teacher(heard[scene, windows].mean(dim=2))


def restored(checkpoint, averaged=True):
    """The network of a checkpoint file's content, in evaluation mode."""
    network = Network(**checkpoint["settings"])
    network.load_state_dict(checkpoint["average" if averaged else "network"])
    return network.eval()
