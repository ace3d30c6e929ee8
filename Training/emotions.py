"""Sorts the emotional speech of the data directory into a folder for each emotion that both of its
collections have, RAVDESS and EMO-DB: another task for `train.py --data`.

    python3 emotions.py --output cache/emotions       # cache/emotions/angry/ravdess_07_03-01-05.ogg
"""

import argparse
import shutil
from collections import Counter
from pathlib import Path

import corpus

EMOTIONS = ("angry", "disgust", "fearful", "happy", "neutral", "sad")
COLLECTIONS = ("ravdess", "emodb")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus.add_data_arguments(parser)
    parser.add_argument("--output", required=True, help="a folder")
    arguments = parser.parse_args()
    counts = Counter()
    for row in corpus.table(Path(arguments.data) / "clips.csv"):
        emotion = row["category"].removeprefix("speech_")
        if row["dataset"] not in COLLECTIONS or emotion not in EMOTIONS:
            continue
        folder = Path(arguments.output) / emotion
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(row["path"])
        shutil.copy(Path(arguments.data) / path, folder / f"{row['source_id']}_{path.name}")
        counts[emotion] += 1
    print(f"{sum(counts.values())} recordings in {arguments.output}: "
          + ", ".join(f"{name} {counts[name]}" for name in EMOTIONS))


if __name__ == "__main__":
    main()
