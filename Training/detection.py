"""Figures of the released program on recordings that were not trained on.

There are two parts: the origins that judge, of which nothing was trained or tuned on, and the
recordings on which thresholds were tuned, most of them of origins that were trained on. Builds
soundscapes of each, lets `monitorctl scores` and `monitorctl analyze` hear them, and scores the
answers with sed_scores_eval; lets it hear the recordings as they come, and counts the false alarms.
Prints tables in Markdown. No deviation term (alpha_st = 0).

    python3 detection.py                            # the shipped model and thresholds
    python3 detection.py --level -30                # all files 30 dB quieter
    python3 detection.py --output figures.md        # writes the tables, too
    python3 detection.py --reliability plot.png     # how often a score of 0.7 is right
    python3 detection.py --model free.soundnet      # another model of the same labels
"""

import argparse
import json
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # dcase_util warns of its own use of pkg_resources
        import numpy as np
        import soundfile
        from sed_scores_eval import collar_based, intersection_based
        from sed_scores_eval.base_modules.scores import create_score_dataframe

        import evaluate
except ImportError as error:
    sys.exit(f"{error}. Install what is in Training/requirements.txt: Training/README.md, Set up.")

import corpus
import soundscapes
import tune

ROOT = Path(__file__).resolve().parent.parent
CORES = 2
PARTS = {True: "origins that judge", False: "recordings tuned on"}
PSDS = {"PSDS1": {"dtc_threshold": 0.7, "gtc_threshold": 0.7, "alpha_ct": 0.0},
        "PSDS2": {"dtc_threshold": 0.1, "gtc_threshold": 0.1, "cttc_threshold": 0.3,
                  "alpha_ct": 0.5}}
LARGEST_RATE = 100.0                                            # of PSDS, false alarms an hour
INTERSECTION = {"dtc_threshold": 0.5, "gtc_threshold": 0.5}
COLLAR = {"onset_collar": 0.25, "offset_collar": 1e6}           # the offset does not matter
MACRO = "macro_average"


def scored(binary, names, path, model=None, smoothed=False):
    """The scores of every label as sed_scores_eval wants them: a data frame."""
    scores = evaluate.binary_step_scores(binary, path, names, model, smoothed)
    times = np.round(np.arange(len(scores) + 1) * corpus.STEP_SECONDS, 6)
    return create_score_dataframe(scores.astype(np.float64), times, names)


def heard(binary, names, path, *options):
    """The events [(onset, offset, label)] of a file, those of the labels `names` only."""
    run = subprocess.run([binary, "analyze", str(path), "--format", "json", *options],
                         check=True, stdout=subprocess.PIPE, text=True)
    return [(e["onset_s"], e["offset_s"], e["label"]) for e in json.loads(run.stdout)["events"]
            if e["label"] in names]


def as_scores(events, names, seconds):
    """Events as scores of 0 and 1, a data frame that changes where an event does."""
    edges = {0.0, seconds} | {t for e in events for t in e[:2] if 0 < t < seconds}
    times = np.array(sorted(edges))
    scores = np.zeros((len(times) - 1, len(names)))
    for onset, offset, label in events:
        scores[(times[:-1] >= onset) & (times[:-1] < offset), names.index(label)] = 1.0
    return create_score_dataframe(scores, times, names)


def psds(scores, truth, seconds, kind):
    """(PSDS, {label: its own}) of one of the kinds in `PSDS`."""
    durations = dict.fromkeys(truth, seconds)
    return intersection_based.psds(scores, truth, durations, alpha_st=0.0,
                                   max_efpr=LARGEST_RATE, **PSDS[kind])[:2]


def threshold_free(scores, truth, seconds):
    """PSDS1, PSDS2 and the macro F1 at the best threshold of each label, by name."""
    result = {kind: psds(scores, truth, seconds, kind)[0] for kind in PSDS}
    for name, module, tolerance in (("intersection F1", intersection_based, INTERSECTION),
                                    ("collar F1", collar_based, COLLAR)):
        best = module.best_fscore(scores, truth, **tolerance)
        result[f"{name}, best thresholds"] = best[0][MACRO]
    return result


def at_thresholds(events, truth, names, seconds):
    """(intersection, collar) of the events of `names`: each (F1, precision, recall, counts), dicts
    by label."""
    scores = {name: as_scores([e for e in events[name] if e[2] in names], names, seconds)
              for name in truth}
    return (intersection_based.fscore(scores, truth, 0.5, **INTERSECTION),
            collar_based.fscore(scores, truth, 0.5, **COLLAR))


def onset_errors(events, truth):
    """Seconds from the true to the reported onset, of the true events that were heard.

    A report belongs to the first true event of its label that it overlaps; the first report of
    a true event counts.
    """
    errors = []
    for name, known in truth.items():
        taken = set()
        for onset, offset, label in sorted(events[name]):
            met = [k for k in known if k[2] == label and k[0] < offset and k[1] > onset]
            if met and min(met) not in taken:
                taken.add(min(met))
                errors.append(onset - min(met)[0])
    return errors


def reliability(scores, truth, names):
    """Rows (mean score, share that is true, steps) of the steps of all labels by score, and the
    expected calibration error: the mean distance of the two over the steps above 0.05."""
    values = np.concatenate([frame[names].to_numpy() for frame in scores.values()])
    sounding = np.concatenate([sounding_steps(truth[name], len(frame), names)
                               for name, frame in scores.items()])
    edges = np.linspace(0, 1, 11)
    rows, error, count = [], 0.0, np.sum(values > 0.05)
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (values > max(low, 0.05)) & (values <= high)
        if inside.any():
            rows.append((values[inside].mean(), sounding[inside].mean(), int(inside.sum())))
            error += abs(rows[-1][0] - rows[-1][1]) * inside.sum() / count
    return rows, error


def sounding_steps(events, steps, names):
    """Whether each label sounds in the middle of each step, bool [steps, labels]."""
    middle = (np.arange(steps) + 0.5) * corpus.STEP_SECONDS
    result = np.zeros((steps, len(names)), bool)
    for onset, offset, label in events:
        result[:, names.index(label)] |= (middle >= onset) & (middle < offset)
    return result


def draw_reliability(rows, error, path):
    """Writes the reliability plot."""
    from matplotlib import pyplot
    figure, (upper, lower) = pyplot.subplots(2, 1, figsize=(5, 6), sharex=True,
                                             height_ratios=(3, 1), layout="constrained")
    predicted, observed, counts = zip(*rows)
    upper.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    upper.plot(predicted, observed, marker="o", color="#1f5a8a")
    upper.set(ylabel="share of steps that hold the sound", ylim=(0, 1), xlim=(0, 1),
              title=f"all labels; expected calibration error {error:.3f}")
    lower.bar(predicted, counts, width=0.05, color="#1f5a8a")
    lower.set(xlabel="score", ylabel="steps", yscale="log")
    figure.savefig(path, dpi=100)


def hear_clips(arguments, names, sources, folder):
    """Of each of `sources` as it comes: (pooled scores [labels], events)."""
    model = ["--model", arguments.model] if arguments.model else []

    def hear(number):
        path = Path(arguments.data) / sources[number].path
        if arguments.level != 0:
            samples, rate = soundfile.read(path)
            path = folder / f"clip{number}.flac"
            soundfile.write(path, samples * 10 ** (arguments.level / 20), rate, subtype="PCM_24")
        scores = evaluate.binary_step_scores(arguments.binary, path, names, arguments.model)
        events = heard(arguments.binary, names, path, *model)
        if arguments.level != 0:
            path.unlink()
        return evaluate.pooled(scores), len(scores) * corpus.STEP_SECONDS, events

    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(hear, range(len(sources))))


def natural_alarms(sources, answers, others, names):
    """The false alarms of the clips as they come: (their labels, hours, recordings).

    An event is false if its label is not that of the clip, and the teacher does not hear it there
    either; `others` are its highest probabilities, {path: [labels]}.
    """
    false = [label for source, (_, _, events) in zip(sources, answers) for _, _, label in events
             if label != source.label
             and others[source.path][names.index(label)] < tune.TEACHER_HEARS]
    return (false, sum(seconds for _, seconds, _ in answers) / 3600,
            len({s.recording for s in sources}))


def teacher_hears(data):
    """The teacher's highest probability of each label in each clip, {path: [labels]}."""
    logits, clip_of_window = corpus.window_logits(data)
    probabilities = corpus.teacher_probabilities(data, logits)
    edges = np.searchsorted(clip_of_window, np.arange(clip_of_window[-1] + 2))
    return {row["path"]: probabilities[first:last].max(axis=0) for row, first, last in
            zip(corpus.table(Path(data) / "clips.csv"), edges[:-1], edges[1:])}


def built(arguments, sources, folder):
    """Writes the soundscapes to `folder`; returns ({name: events}, names of the label-free ones,
    names of the crowded ones)."""
    plans = soundscapes.plans(sources, arguments.soundscapes, arguments.label_free,
                              arguments.crowded, arguments.seed)
    with ProcessPoolExecutor(CORES) as pool:
        events = list(pool.map(partial(soundscapes.write, arguments.data, folder=folder,
                                       level=arguments.level), plans, chunksize=4))
    truth = {p.name: e for p, e in zip(plans, events)}
    soundscapes.write_truth(folder / "truth.tsv", truth)
    labelled = {p.name: truth[p.name] for p in plans[:arguments.soundscapes]}
    print(described(plans, labelled, sources), file=sys.stderr)
    other = [p.name for p in plans[arguments.soundscapes:]]
    return labelled, other[:arguments.label_free], other[arguments.label_free:]


def described(plans, labelled, sources):
    """What the set holds, as text."""
    scenes = [p for p in plans if p.name in labelled]
    sounds = sum(len(p.sounds) for p in scenes)
    lengths = [off - on for events in labelled.values() for on, off, _ in events]
    other = [s for s in sources if not s.label]
    recorded = sum(s.spans[-1][1] - s.spans[0][0] for s in other) / 60
    return (f"{len(scenes)} soundscapes of {soundscapes.SECONDS:.0f} s with {sounds} sounds, "
            f"{sum(map(soundscapes.overlapping, scenes)) / max(1, sounds):.0%} of them "
            f"overlapping; {len(lengths)} true events, median {np.median(lengths):.2f} s; "
            f"{len(plans) - len(scenes)} label-free ones, from {len(other)} clips of "
            f"{recorded:.0f} min together")


def false_alarms(quiet, events):
    """(labels of the false alarms, hours) of the soundscapes without labels."""
    return ([label for name in quiet for _, _, label in events[name]],
            len(quiet) * soundscapes.SECONDS / 3600)


def alarm_rows(kind, quiet, safety, events):
    """Rows about the false alarms in soundscapes without labels, Markdown."""
    if not quiet:
        return []
    false, hours = false_alarms(quiet, events)
    urgent = sum(label in safety for label in false)
    return [f"| {kind} | {hours:.2f} h |",
            f"| false alarms, all labels | {len(false) / hours:.1f} an hour |",
            f"| false alarms, safety labels | {urgent / hours:.1f} an hour |"]


def natural_rows(false, hours, recordings, safety):
    """Rows about the false alarms on the recordings as they come, Markdown."""
    rows = [f"| natural sound | {hours:.2f} h of {recordings} recordings |"]
    for kind, count in (("all labels", len(false)),
                        ("safety labels", sum(label in safety for label in false))):
        low, high = tune.poisson_interval(count, hours)
        rows.append(f"| false alarms, {kind} | {count / hours:.1f} an hour "
                    f"(95 %: {low:.1f} to {high:.1f}) |")
    return rows


def tables(names, safety, truth, scores, smoothed, events, other, crowd, precisions, natural):
    """The tables, as Markdown. `events` of all soundscapes, `other` and `crowd` those without
    labels; `precisions` {label: average precision} of the labels that have clips; `natural` as
    `natural_alarms` gives it."""
    seconds = soundscapes.SECONDS
    present = [n for n in names if any(e[2] == n for own in truth.values() for e in own)]
    with ProcessPoolExecutor(CORES) as pool:
        plain, settled = pool.map(partial(threshold_free, truth=truth, seconds=seconds),
                                  [of_labels(scores, present), of_labels(smoothed, present)])
    intersection, collar = at_thresholds(events, truth, present, seconds)
    early, middle, late = np.percentile(onset_errors(events, truth) or [np.nan], [25, 50, 75])
    false, hours = false_alarms(other, events)
    lines = ["| measure | scores as printed | smoothed |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {plain[name]:.3f} | {settled[name]:.3f} |" for name in plain]
    lines += ["", "| measure, shipped thresholds | |", "| --- | ---: |",
              f"| intersection F1 | {intersection[0][MACRO]:.3f} |",
              f"| collar F1 | {collar[0][MACRO]:.3f} |",
              f"| onset, reported minus true, median (quartiles) | "
              f"{middle:+.2f} s ({early:+.2f} to {late:+.2f}) |"]
    lines += natural_rows(*natural, safety)
    lines += alarm_rows("label-free sound, re-mixed", other, safety, events)
    lines += alarm_rows("crowded label-free sound, re-mixed", crowd, safety, events)
    lines += [f"| clip-level macro average precision, {len(precisions)} labels | "
              f"{np.mean(list(precisions.values())):.3f} |", "",
              "| label | events | precision | recall | F1 | false alarms an hour | clip AP |",
              "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name in names:
        rate = f"{natural[0].count(name) / natural[1]:.1f}"
        counts = intersection[3].get(name, {"tps": 0, "fps": 0, "n_ref": 0})
        reported = counts["tps"] + counts["fps"]
        figures = (["–"] * 3 if name not in present else
                   [f"{intersection[1][name]:.2f}" if reported else "–",
                    f"{intersection[2][name]:.2f}", f"{intersection[0][name]:.2f}"])
        precision = f"{precisions[name]:.2f}" if name in precisions else "–"
        lines.append(f"| {name} | {counts['n_ref']} | {' | '.join(figures)} | {rate} | "
                     f"{precision} |")
    return "\n".join(lines)


def of_labels(scores, names):
    """The scores of the labels `names` only."""
    return {key: frame[["onset", "offset", *names]] for key, frame in scores.items()}


def need_recordings(data):
    """Ends the program if the recordings are missing."""
    if not (Path(data) / "clips.csv").exists():
        sys.exit(f"{data}: no clips.csv here. The recordings are not part of the repository: "
                 "Training/README.md, The data. --data names another folder.")


def need_program(binary):
    """Ends the program if monitorctl is missing."""
    if not Path(binary).exists():
        sys.exit(f"{binary}: not built yet. Run `make build`, or name it: --binary.")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    soundscapes.add_set_arguments(parser)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/monitorctl"))
    parser.add_argument("--model", help="default: the one the program holds")
    parser.add_argument("--output", help="write the tables to this file, too")
    parser.add_argument("--reliability", help="write the reliability plot to this PNG")
    parser.add_argument("--check", action="store_true",
                        help="only see whether the packages and the recordings are there")
    arguments = parser.parse_args()
    need_recordings(arguments.data)
    if arguments.check:
        return
    need_program(arguments.binary)
    names = corpus.label_names(arguments.data)
    folder = Path(arguments.cache) / "soundscapes"
    folder.mkdir(parents=True, exist_ok=True)
    text, pooled = [], {}
    for judging, title in PARTS.items():
        table, scores, truth = judged_part(arguments, names, judging, folder)
        rows, error = reliability(scores, truth, names)
        text += [f"## {title.capitalize()}", table,
                 "| score, mean | share true | steps |\n| ---: | ---: | ---: |\n"
                 + "\n".join(f"| {p:.2f} | {o:.2f} | {n} |" for p, o, n in rows),
                 f"expected calibration error {error:.3f}"]
        pooled[judging] = rows, error
    if arguments.reliability:
        draw_reliability(*pooled[True], arguments.reliability)
    print("\n\n".join(text))
    if arguments.output:
        Path(arguments.output).write_text("\n\n".join(text) + "\n", encoding="utf-8")


def judged_part(arguments, names, judging, folder):
    """(tables as Markdown, {soundscape: scores}, {soundscape: true events}) of one of `PARTS`."""
    sources = soundscapes.reserved_sources(arguments.data, judging)
    truth, other, crowd = built(arguments, sources, folder)
    model = ["--model", arguments.model] if arguments.model else []
    with ThreadPoolExecutor(CORES) as pool:
        scores, smoothed = (dict(zip(truth, pool.map(
            lambda n, smooth=smooth: scored(arguments.binary, names, folder / f"{n}.flac",
                                            arguments.model, smooth), truth)))
            for smooth in (False, True))
        files = [*truth, *other, *crowd]
        events = dict(zip(files, pool.map(
            lambda n: heard(arguments.binary, names, folder / f"{n}.flac", *model), files)))
    answers = hear_clips(arguments, names, sources, folder)
    labels = np.array([names.index(s.label) if s.label else -1 for s in sources])
    known = [k for k in range(len(names)) if np.any(labels == k)]
    precisions = dict(zip([names[k] for k in known], evaluate.label_precisions(
        labels, np.stack([a[0] for a in answers]), len(names), known)))
    natural = natural_alarms(sources, answers, teacher_hears(arguments.data), names)
    return (tables(names, corpus.safety_labels(arguments.data), truth, scores, smoothed, events,
                   other, crowd, precisions, natural), scores, truth)


if __name__ == "__main__":
    main()
