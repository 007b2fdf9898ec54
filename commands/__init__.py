"""The programs behind make, each over a function of the packages."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Output(io.FileIO):
    """Standard output; what nobody reads any more is dropped."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, unless the reader has gone: `make plan | head` is done after ten lines."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def start(main: Callable[[], int | None]) -> NoReturn:
    """Run a command, and exit with its code even where the reader of its output has gone."""
    if sys.stdout is not None:
        raw = _Output(sys.stdout.fileno(), "w", closefd=False)
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=sys.stdout.encoding,
            errors=sys.stdout.errors,
            line_buffering=raw.isatty(),
        )
    sys.exit(main())


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts into a folder, each under its name; whoever reads one never sees half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        unfinished = folder / f".{name}.unfinished"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(folder / name)
