"""The tracker of the program, for the tuning: how scores become events.

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


def half_window(smoothing, step_seconds):
    """Half the window of a median filter of `smoothing` seconds, in steps."""
    return max(0, int(np.floor((smoothing / step_seconds - 1) / 2 + 0.5)))


def announce_window(seconds, step_seconds):
    """The number of newest scores that announce a sound."""
    return max(1, int(np.floor(seconds / step_seconds + 0.5)))


def in_steps(minimum_duration, merge_gap, step_seconds):
    """(shortest, merge) of `track`, from lengths in seconds."""
    # A length of five steps is reached by five, however it was rounded.
    return minimum_duration / step_seconds - 1e-6, merge_gap / step_seconds - 1e-6


@njit(cache=True)
def medians(scores, before, behind):
    """The median of each score of [files, steps], the `before` ones before it and the `behind` ones
    behind it, as far as they are there; of an even number the lower of the two in the middle."""
    result = np.empty_like(scores)
    steps = scores.shape[1]
    window = np.empty(before + behind + 1, scores.dtype)        # in order
    for file in range(len(scores)):
        count = 0
        for new in range(steps + behind):
            old = new - before - behind - 1
            if old >= 0:
                place = 0
                while window[place] != scores[file, old]:
                    place += 1
                count -= 1
                for k in range(place, count):
                    window[k] = window[k + 1]
            if new < steps:
                place = count
                while place > 0 and window[place - 1] > scores[file, new]:
                    window[place] = window[place - 1]
                    place -= 1
                window[place] = scores[file, new]
                count += 1
            if new >= behind:
                result[file, new - behind] = window[(count - 1) // 2]
    return result


def smooth(scores, half):
    """Scores [files, steps] as they are settled: a centred median filter."""
    return medians(scores, half, half)


@njit(cache=True)
def track(scores, on, off, shortest, merge, first, last, opened):
    """Events of smoothed scores [steps] into first, last [steps], and the step with which each was
    settled into opened; returns their number."""
    count, begin, until, settled = 0, -1, -1, -1
    for step in range(len(scores)):
        score = scores[step]
        if begin < 0:
            if score < on:
                continue
            begin, until, settled = step, step, -1
        if score >= off:
            until = step + 1
            if settled < 0 and until - begin >= shortest:
                settled = step
        elif step + 1 - until >= merge:
            if settled >= 0:
                first[count], last[count], opened[count] = begin, until, settled
                count += 1
            begin = -1
    if begin >= 0 and settled >= 0:
        first[count], last[count], opened[count] = begin, until, settled
        count += 1
    return count


@njit(cache=True)
def announcements(newest, smoothed, half, window, announce, on, off, shortest, merge, onset, told,
                  settled):
    """How the events of one label [steps] were first told of, into onset, told and settled [steps];
    returns their number.

    `newest` are the medians of the newest `window` scores, `smoothed` those settled `half` steps
    later. An event is told of with the step `told`: announced, with `onset` as far as is known
    then, or settled at once. `settled` is the step with which it was settled, or -1: it was
    retracted.
    """
    steps = len(newest)
    count, begin, until, is_open, ended = 0, -1, -1, False, 0
    pending, position, armed = False, 0, True
    for step in range(steps + half):
        at = step - half
        if at >= 0:
            score = smoothed[at]
            if begin < 0 and score >= on:
                begin, until, is_open = at, at, False
            if begin >= 0:
                if score >= off:
                    until = at + 1
                    if not is_open and until - begin >= shortest:
                        is_open = True
                        if not pending:
                            onset[count], told[count] = begin, step
                            count += 1
                        settled[count - 1] = step
                        pending = False
                elif at + 1 - until >= merge:
                    if is_open:
                        ended = until
                    begin, is_open = -1, False
            if pending and begin < 0 and at + 1 >= position + half:
                pending = False
        if step >= steps:
            continue
        if newest[step] < min(announce, off):
            armed = True
        # What belongs to the event before says nothing of another one.
        first = step - window // 2
        if (not pending and not is_open and armed and step + 1 >= window and first >= ended
                and newest[step] >= announce):
            armed, pending, position = False, True, step + 1
            onset[count] = min(begin, first) if begin >= 0 else first
            told[count], settled[count] = step, -1
            count += 1
    return count
