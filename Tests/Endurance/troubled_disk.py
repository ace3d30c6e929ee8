"""Disks of which one becomes full, and one fails with EIO, for stretches of random length."""

import contextlib
import os
import pathlib
import random
import struct
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).parent
MILLION = 1_000_000


class Probe:
    """Whether the disk below answers: it is written to and synchronised ten times a second. On a
    machine with other work, fsync(2) takes many seconds now and then."""

    # A batch waits for the disk up to three times, and for the batch before it.
    slow = 0.1

    def __init__(self, folder: pathlib.Path):
        self.path = folder / "probe"
        self.asked: float | None = None
        # When the disk last had not answered for `slow`.
        self.last_slow = 0.0
        self.longest = 0.0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> "Probe":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()

    def run(self) -> None:
        with open(self.path, "wb", buffering=0) as file:
            while not self.is_over.wait(0.1):
                self.asked = time.monotonic()
                os.pwrite(file.fileno(), os.urandom(4096), 0)
                os.fsync(file.fileno())
                now = time.monotonic()
                if now - self.asked > self.slow:
                    self.last_slow = now
                self.longest = max(self.longest, now - self.asked)
                self.asked = None

    def has_answered_since(self, moment: float) -> bool:
        asked = self.asked
        return self.last_slow < moment and (
            asked is None or time.monotonic() - asked < self.slow)


class GoodDisk:
    """One without trouble."""

    kind = "good"

    def __init__(self, folder: pathlib.Path, chance: random.Random):
        self.folder = folder / "disk"
        self.folder.mkdir()
        self.chance = chance
        # When the last trouble ended; None while there is trouble.
        self.well_since: float | None = 0.0
        self.is_over = threading.Event()
        self.thread: threading.Thread | None = None

    def environment(self) -> dict[str, str]:
        return {}

    def begin(self) -> None:
        """Trouble may come from now on."""

    def halt(self) -> None:
        """The disk stays as it is."""

    def heal(self) -> None:
        """Trouble ends. The disk must have halted."""

    def remove(self) -> None:
        """No program uses it any more."""


class TroubledDisk(GoodDisk):
    """Trouble of a few seconds comes and goes."""

    def begin(self) -> None:
        self.is_over.clear()
        self.thread = threading.Thread(target=self.alternate)
        self.thread.start()

    def halt(self) -> None:
        self.is_over.set()
        if self.thread:
            self.thread.join()

    def heal(self) -> None:
        self.end_trouble()
        if self.well_since is None:
            self.well_since = time.monotonic()

    def alternate(self) -> None:
        has_trouble = self.well_since is None or self.chance.random() < 0.3
        while not self.is_over.is_set():
            if has_trouble:
                self.well_since = None
                self.trouble(time.monotonic() + self.chance.uniform(0.2, 5))
            else:
                self.heal()
                self.is_over.wait(self.chance.uniform(0.5, 6))
            has_trouble = not has_trouble

    def trouble(self, end: float) -> None:
        raise NotImplementedError

    def end_trouble(self) -> None:
        raise NotImplementedError


class FullDisk(TroubledDisk):
    """A file system of its own, in memory, that another file fills and frees. It takes root, or
    a user namespace in which this process is root, and a mount namespace of its own."""

    kind = "full"
    # The database and its log of one lane take a few megabytes.
    size = 24 * MILLION

    def __init__(self, folder: pathlib.Path, chance: random.Random):
        super().__init__(folder, chance)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder], check=True)
        self.filler = os.open(self.folder / "filler", os.O_CREAT | os.O_RDWR)

    def trouble(self, end: float) -> None:
        # A little is left at first, so that it becomes full in the middle of a batch, too.
        left = self.chance.choice([0, 0, 4096, 65_536, 262_144])
        self.fill(left)
        while time.monotonic() < end and not self.is_over.wait(0.02):
            # What the monitor frees is taken at once.
            if left == 0:
                self.fill(0)

    def fill(self, left: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                free = os.statvfs(self.folder)
                space = free.f_bavail * free.f_frsize - left
                if space <= 0:
                    return
                os.write(self.filler, bytes(min(space, MILLION)))

    def end_trouble(self) -> None:
        os.ftruncate(self.filler, 0)
        os.lseek(self.filler, 0, os.SEEK_SET)

    def remove(self) -> None:
        os.close(self.filler)
        # A hook of the last monitor may still be about to start.
        subprocess.run(["umount", "--lazy", self.folder], check=True)


class FailingDisk(TroubledDisk):
    """Writing fails with EIO: now and then, often, or whatever is tried."""

    kind = "errors"

    def __init__(self, folder: pathlib.Path, chance: random.Random):
        super().__init__(folder, chance)
        self.library = folder / "io_errors.so"
        subprocess.run(
            ["cc", "-O2", "-Wall", "-fPIC", "-shared", "-o", self.library,
             HERE / "Faults/io_errors.c"], check=True)
        self.rate = os.open(folder / "rate", os.O_CREAT | os.O_RDWR)
        self.set_rate(0)

    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.library),
            "IO_ERRORS_FOLDER": str(self.folder.resolve()),
            "IO_ERRORS_RATE": str(self.library.with_name("rate")),
            "IO_ERRORS_SEED": str(self.chance.randrange(2**63)),
        }

    def trouble(self, end: float) -> None:
        self.set_rate(self.chance.choice([0.01, 0.1, 0.3, 1, 1]))
        self.is_over.wait(max(0, end - time.monotonic()))

    def end_trouble(self) -> None:
        self.set_rate(0)

    def set_rate(self, share: float) -> None:
        os.pwrite(self.rate, struct.pack("i", int(share * MILLION)), 0)

    def remove(self) -> None:
        os.close(self.rate)


DISKS = {disk.kind: disk for disk in (GoodDisk, FullDisk, FailingDisk)}
