"""Keeps requests out of one another's way."""

import itertools
import os
import re

import schemathesis

RUN = os.environ["RUN"]
NUMBERS = itertools.count()
KEPT, LEAVING = "ght-bm.communication", "ght-bm.depart"


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method == "POST" and case.path in ("/v1/workspaces", "/v1/tenants"):
        made_once(case)
    # What is read all the time stays: another one goes.
    if case.method == "DELETE" and case.path_parameters.get("workspace") == KEPT:
        case.path_parameters["workspace"] = LEAVING


def made_once(case):
    """A name and a key of its own; what is wrong on purpose stays as it is."""
    number = next(NUMBERS)
    key = case.headers.get("Idempotency-Key")
    if key and re.fullmatch("[ -~]{1,100}", str(key)):
        case.headers["Idempotency-Key"] = f"{RUN}-{number}-{key}"
    name = case.body.get("name") if isinstance(case.body, dict) else None
    if isinstance(name, str) and re.fullmatch("[a-z0-9]([-a-z0-9]{,48}[a-z0-9])?", name):
        # It sorts after what was ordered before, which stays first in all lists; a long name stays as long.
        prefix = f"w{RUN}-{number}-"
        case.body = {**case.body, "name": prefix + (name[len(prefix) :] or name)}
        # One body is one tenant: every other one that fits has a number of its own, and nothing that has to agree with it.
        fits = case.meta is not None and case.meta.generation.mode.is_positive
        if case.path == "/v1/tenants" and fits and number % 2:
            kept = {"name": case.body["name"], "title": "Syndicat", "kind": "Autre", "policy": "standard"}
            case.body = {**kept, "siren": siren(int(RUN) * 10_000 + number)}


def siren(number):
    """A SIREN that no body has: its last digit makes the sum of Luhn a multiple of ten."""
    digits = f"9{number % 10_000_000:07d}"
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(digits))
    return digits + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)
