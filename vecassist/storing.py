"""From an accepted rewrite to its entry in the store."""

from __future__ import annotations

from pathlib import Path

from vecassist.figures import outward
from vecassist.model import CompilerOutcome, Site
from vecassist.pipeline import Accepted
from vecassist.proving import Proof
from vecassist.store.entry import Command, Entry, Measurement, to_text
from vecassist.store.entry import Proof as StoredProof
from vecassist.store.files import relative
from verify.verdict import Proved


def entry(accepted: Accepted, root: Path) -> Entry:
    """What `.vecassist/` says about a rewrite; places are relative to the repository at `root`."""
    site, candidate = accepted.region.site, accepted.candidate
    return Entry(
        key=site.key,
        file=relative(site.file, root),
        function=site.function,
        line=site.line,
        before=to_text(site.text.encode("latin-1")),
        after=to_text(accepted.placed),
        proposer=candidate.proposer,
        rule=candidate.rule,
        note=candidate.note,
        tokens=candidate.tokens,
        cost_usd=candidate.cost_usd,
        proofs=tuple(_proof(one, proof, root) for one, proof in accepted.proofs),
        measurements={name: _measurement(outcome) for name, outcome in accepted.compilers.items()},
    )


def _proof(site: Site, proof: Proof, root: Path) -> StoredProof:
    assert isinstance(proof.verdict, Proved)
    unit = site.unit
    command = Command(relative(unit.directory, root), unit.compiler, unit.args)
    verdict = proof.verdict
    return StoredProof(
        command,
        "proved",
        "unbounded",
        verdict.strategy,
        verdict.assumptions,
        dict(verdict.certificate),
        dict(proof.versions),
    )


def _measurement(outcome: CompilerOutcome) -> Measurement:
    gain = outcome.speedup
    if gain is None:
        return Measurement(outcome.before, outcome.after, None, {})
    low, high = outward(gain.low, gain.high, 3)
    speedup = {"ratio": round(gain.ratio, 3), "low": low, "high": high}
    by_size = {str(size): round(ratio, 3) for size, ratio in gain.by_size}
    return Measurement(outcome.before, outcome.after, speedup, by_size)
