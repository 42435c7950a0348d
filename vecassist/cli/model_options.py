"""Options about a model, shared by the verbs that may ask one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from vecassist.cli.options import ALLOWED

_META = "vecassist.model-options"


def asked(ctx: click.Context) -> dict[str, object]:
    """What was given on the command line, by the key of the setting: the `options` of `vecassist.config.load`."""
    found: dict[str, object] = ctx.meta.get(_META, {})
    return found


def model(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; their values are read through `asked`."""
    for declaration in reversed(_OPTIONS):
        command = declaration(command)
    return command


def _option(key: str, name: str, **more: Any) -> Callable[..., Any]:
    def keep(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
        del parameter
        # An option that was not given leaves the configuration as it is.
        if value is not None and value is not False:
            ctx.meta.setdefault(_META, {})[key] = value

    return click.option(name, expose_value=False, callback=keep, **more)


def _allowed(ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> None:
    if "intrinsics" in values:
        ctx.meta.setdefault(_META, {})["allow"] = "intrinsics"
    ctx.meta[ALLOWED] = tuple(value for value in values if value == "timing")


_OPTIONS = (
    _option("offline", "--offline", is_flag=True, help="Ask no model, whatever is configured."),
    _option("model.name", "--model", metavar="NAME", help="The model to ask, where one is enabled."),
    click.option(
        "--allow",
        type=click.Choice(["intrinsics", "timing"]),
        multiple=True,
        expose_value=False,
        is_eager=True,
        callback=_allowed,
        help="intrinsics: a model may ask for <immintrin.h>, vector types or a helper; the original stays for other "
        "targets. timing: branches and addresses may depend on the contents of arrays where the original's do not.",
    ),
    _option(
        "model.parallel", "--parallel", type=click.IntRange(1), help="Loops that are asked about at a time."
    ),
    _option("model.rounds", "--rounds", type=click.IntRange(1), help="Questions about one loop at most."),
    _option("model.max_cost", "--max-cost", type=click.FloatRange(0), metavar="USD", help="Limit on money."),
    _option("model.max_tokens", "--max-tokens", type=click.IntRange(0), help="Limit on tokens of a run."),
    _option(
        "model.max_requests", "--max-requests", type=click.IntRange(0), help="Limit on requests of a run."
    ),
    _option(
        "model.max_seconds", "--max-seconds", type=click.FloatRange(0.1), help="Limit on the model's time."
    ),
    _option(
        "model.show_prompts",
        "--show-prompts",
        is_flag=True,
        help="Show what a model would be sent; send nothing.",
    ),
)
