"""The tracker of the program, for the tuning: how smoothed scores become events.

What it does is described in docs/tracking.md. Times are in steps. A sound that outlasts the longest
event is one event here, where the program makes parts of it. `tracker_goldens.py` ties both.
"""

import numpy as np

try:
    from numba import njit
except ModuleNotFoundError:
    def njit(**_):
        """Without numba all is the same, a hundred times slower: enough for the tests."""
        return lambda function: function


def in_steps(smoothing, minimum_duration, merge_gap, step_seconds):
    """(keep, shortest, merge) of `smooth` and `track`, from lengths in seconds."""
    keep = float(np.exp(-step_seconds / smoothing)) if smoothing > 0 else 0.0
    # A length of five steps is reached by five, however it was rounded.
    return keep, minimum_duration / step_seconds - 1e-6, merge_gap / step_seconds - 1e-6


@njit(cache=True)
def smooth(scores, keep):
    """Exponential smoothing of [files, steps], beginning with the first score."""
    result = np.empty_like(scores)
    for file in range(len(scores)):
        value = scores[file, 0]
        for step in range(scores.shape[1]):
            value = keep * value + (1.0 - keep) * scores[file, step]
            result[file, step] = value
    return result


@njit(cache=True)
def track(scores, on, off, shortest, merge, first, last):
    """Events of smoothed scores [steps] into first, last [steps]; returns their number."""
    count, begin, until = 0, -1, -1
    is_open = False
    for step in range(len(scores)):
        score = scores[step]
        if begin < 0:
            if score < on:
                continue
            begin, until, is_open = step, step, False
        if score >= off:
            until = step + 1
            is_open = is_open or until - begin >= shortest
        elif step + 1 - until >= merge:
            if is_open:
                first[count], last[count] = begin, until
                count += 1
            begin = -1
    if begin >= 0 and is_open:
        first[count], last[count] = begin, until
        count += 1
    return count
