#!/usr/bin/env python3
"""Fits the biquads of the frequency weightings A and C and prints them as a Swift table.

Goal: the analytic responses of IEC 61672-1:2013, Annex E. C is three biquads: one with a double
zero at 0 Hz for the low end, two free ones for the high end. A is C followed by a biquad with a
double zero at 0 Hz and a free one. The greatest error from 10 Hz to 0.47 of the sample rate is
minimised (a p-norm, p rising), from several starting points with a fixed seed.

Needs numpy and scipy. Usage:
tools/fit_weightings.py > Sources/SoundLevels/Filters/WeightingTable.swift
tools/fit_weightings.py 64000 88200    only the entries of these rates
"""

import sys

import numpy as np
from scipy.optimize import least_squares

RATES = [
    16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
    64_000, 88_200, 96_000, 128_000, 176_400, 192_000,
]
F1, F2, F3, F4 = 20.598997, 107.652649, 737.862231, 12194.217148
HIGHEST = 0.47


def c_goal(f):
    gain = F4**2 * f**2 / ((f**2 + F1**2) * (f**2 + F4**2))
    return 20 * np.log10(gain)


def extra_goal(f):
    """What A has and C does not have."""
    return 20 * np.log10(f**2 / np.sqrt((f**2 + F2**2) * (f**2 + F3**2)))


def stable_pair(u, v):
    """Coefficients a1, a2 of a stable pair of roots from two free numbers."""
    a2 = np.tanh(v)
    return np.tanh(u) * (1 + a2), a2


def free_pair(a1, a2):
    a2 = np.clip(a2, -0.999999999, 0.999999999)
    return np.arctanh(np.clip(a1 / (1 + a2), -0.999999999, 0.999999999)), np.arctanh(a2)


def sections(parameters):
    """The first section has its zeros at 0 Hz; the others are free: [b1, b2, a1, a2]."""
    rows = [[-2.0, 1.0, *stable_pair(*parameters[:2])]]
    for i in range(2, len(parameters), 4):
        u1, v1, u2, v2 = parameters[i : i + 4]
        rows.append([*stable_pair(u1, v1), *stable_pair(u2, v2)])
    return np.array(rows)


def power(c1, c2, x):
    """|1 + c1 z^-1 + c2 z^-2|^2 on the unit circle at x = 4 sin^2(w / 2). In powers of x it is as
    exact near 0 Hz as anywhere, and needs no complex numbers."""
    return np.abs((1 + c1 + c2) ** 2 - (c1 * (1 + c2) + 4 * c2) * x + c2 * x * x)


def decibels(rows, f, rate):
    x = 4 * np.sin(np.pi * f / rate) ** 2
    total = np.ones(len(f))
    for b1, b2, a1, a2 in rows:
        total *= power(b1, b2, x) / power(a1, a2, x)
    return 10 * np.log10(total)


def poles(first, second, rate):
    p, q = np.exp(-2 * np.pi * first / rate), np.exp(-2 * np.pi * second / rate)
    return free_pair(-(p + q), p * q)


def grid(rate):
    low = np.geomspace(10, 1_000, 150)
    high = np.geomspace(1_000, HIGHEST * rate, 250)
    linear = np.linspace(1_000, HIGHEST * rate, 250)
    return np.sort(np.concatenate([low, high, linear]))


def fit(rate, goal, low_poles, free_sections, seed):
    f = np.append(grid(rate), 1000.0)
    target = goal(f)
    random = np.random.default_rng(seed)
    best, best_error = None, np.inf

    def error(parameters):
        difference = decibels(sections(parameters), f, rate) - target
        return difference[:-1] - difference[-1]

    for _ in range(24):
        start = np.concatenate([poles(*low_poles, rate), random.normal(0, 0.7, 4 * free_sections)])
        result = least_squares(error, start, method="trf", xtol=1e-15, ftol=1e-15, gtol=1e-15,
                               max_nfev=600)
        for power in (2, 4):
            scale = np.max(np.abs(error(result.x)))
            if not scale > 0:
                break
            again = least_squares(
                lambda x, scale=scale, power=power:
                    np.sign(error(x)) * np.abs(error(x) / scale) ** power,
                result.x, method="trf", xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=300)
            if np.max(np.abs(error(again.x))) < scale:
                result = again
        worst = np.max(np.abs(error(result.x)))
        if worst < best_error:
            best, best_error = result.x, worst
    rows = sections(best)
    # 0 dB at 1 kHz, in the first section.
    gain = 10 ** (-decibels(rows, np.array([1000.0]), rate)[0] / 20)
    return rows, gain, best_error


def swift(rows, gain):
    lines = []
    for index, (b1, b2, a1, a2) in enumerate(rows):
        scale = gain if index == 0 else 1.0
        numbers = ", ".join(
            f"{name}: {float(value)!r}" for name, value in
            [("b0", scale), ("b1", scale * b1), ("b2", scale * b2), ("a1", a1), ("a2", a2)])
        lines.append(f"                Biquad({numbers}),")
    return "\n".join(lines)


def main():
    chosen = [int(argument) for argument in sys.argv[1:]]
    if not chosen:
        print(HEADER)
    for rate in chosen or RATES:
        c_rows, c_gain, c_error = fit(rate, c_goal, (F1, F1), 2, seed=1)
        a_rows, a_gain, a_error = fit(rate, extra_goal, (F2, F3), 1, seed=2)
        print(f"{rate}: C {c_error:.5f} dB, A {c_error + a_error:.5f} dB", file=sys.stderr)
        print(f"        {rate}: WeightingDesign(\n            c: [\n{swift(c_rows, c_gain)}")
        print(f"            ],\n            aAfterC: [\n{swift(a_rows, a_gain)}\n            ]),")
    if not chosen:
        print("    ]\n}")


HEADER = """\
// Made by tools/fit_weightings.py; do not edit. Each biquad of the table is an entry of one line.
// swift-format-ignore-file

extension WeightingDesign {
    /// The biquads of each sample rate, in hertz.
    static let table: [Int: WeightingDesign] = ["""

if __name__ == "__main__":
    main()
