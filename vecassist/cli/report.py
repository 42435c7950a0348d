"""`vecassist report RUN -o DIR`: the pages of a run, made once more from what it left behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click

from vecassist.cli import output
from vecassist.errors import UserError

_OURS = re.compile(r"loop-\d+-\w*\.html")


@click.command(name="report")
@click.argument("run", metavar="RUN")
@click.option("-o", "--output", "folder", required=True, metavar="DIR", help="Where the pages go.")
def command(run: str, folder: str) -> int:
    """Make HTML pages of a run: RUN is the folder of `vecassist optimize --report`, or its run.json.

    Nothing is compiled, proved or measured. DIR is made if it is not there.
    """
    from vecassist.report.data import from_json
    from vecassist.report.render import RUN, pages

    place = report_folder(folder)
    path = Path(run) / RUN if Path(run).is_dir() else Path(run)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UserError(f"{path}: cannot be read: {why}; name a folder of `optimize --report`") from None
    output.line(str(write(place, pages(from_json(text, str(path))))))
    return 0


def report_folder(name: str) -> Path:
    """The folder for a report. Raises UserError now where it cannot be, or holds something else."""
    place = Path(name)
    if place.exists() and not place.is_dir():
        raise UserError(f"{name}: not a folder; name one for the report")
    if place.is_dir() and any(place.iterdir()) and not (place / "run.json").is_file():
        raise UserError(f"{name}: holds other files and no report; name a new folder")
    if not place.is_dir() and not place.absolute().parent.is_dir():
        raise UserError(f"{name}: its folder does not exist; make it first")
    return place


def write(place: Path, made: Mapping[str, bytes]) -> Path:
    """Write the pages, and take away those of an earlier report; where to begin reading."""
    from vecassist.deliver.write import write_all

    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"{place}: cannot be made: {(error.strerror or str(error)).lower()}") from None
    write_all({place / name: data for name, data in made.items()})
    for old in place.iterdir():
        if old.name not in made and _OURS.fullmatch(old.name):
            old.unlink(missing_ok=True)
    return place / "index.html"
