"""Cuts the spoken digits of the data directory into a folder for each digit: another task for
`train.py --data`, with nothing but recordings.

    python3 digits.py --output cache/digits       # cache/digits/7/george_12.wav
"""

import argparse
from pathlib import Path

import soundfile

import corpus

MARGIN_SECONDS = 0.05


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--output", required=True, help="a folder")
    arguments = parser.parse_args()
    rows = corpus.table(Path(arguments.data) / "speech_utterances.csv")
    recordings = {}
    for row in rows:
        if row["path"] not in recordings:
            recordings[row["path"]] = soundfile.read(Path(arguments.data) / row["path"])
        samples, rate = recordings[row["path"]]
        digit, speaker, take = row["utterance"].split("_")
        first = max(0, int((float(row["start_s"]) - MARGIN_SECONDS) * rate))
        last = int((float(row["end_s"]) + MARGIN_SECONDS) * rate)
        folder = Path(arguments.output) / digit
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"{speaker}_{take}.wav", samples[first:last], rate)
    print(f"{len(rows)} utterances in {arguments.output}")


if __name__ == "__main__":
    main()
