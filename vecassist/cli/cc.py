"""`vecassist cc COMPILER ARGS...`: the compile path. A command with a compiler never comes here."""

from __future__ import annotations

import click

from vecassist.errors import UserError


@click.command(name="cc", add_help_option=True, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, metavar="COMPILER [ARGS]...", type=click.UNPROCESSED)
def command(words: tuple[str, ...]) -> int:
    """Run a compiler with accepted rewrites in the place of the loops that they were proved for.

    \b
    make CC="vecassist cc gcc"
    CC="vecassist cc gcc" meson setup build        (or ./configure)
    cmake -DCMAKE_C_COMPILER_LAUNCHER="vecassist;cc" -S . -B build
    CCACHE_PREFIX="vecassist cc" ccache gcc ...    (or vecassist cc ccache gcc ...)

    Only compilations of one C file with entries under .vecassist/ are touched, and only by rewrites that were
    proved on this machine. The exit code is the compiler's.

    \b
    VECASSIST_DISABLE=1        compile the sources as they are; so does the text vecassist:disable in a comment
                               at the start of a file
    VECASSIST_STRICT=1         an accepted rewrite that is not applied is an error
    VECASSIST_LOG=FILE         a line for each decision
    VECASSIST_STATSLOG=FILE    counts of one build, for `vecassist stats --log FILE`
    VECASSIST_CHECK_SECONDS=N  time for one proof at first sight (default 20; 0: none)
    VECASSIST_CACHE_DIR=DIR    the machine's cache
    """
    from vecassist.cc import entry

    if not words:
        raise UserError('vecassist cc: name a compiler, as in `make CC="vecassist cc gcc"`')
    return entry.main(words)
