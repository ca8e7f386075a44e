"""Checks the statement of a bundle with jsonschema: schema.py SCHEMA BUNDLE."""

import base64
import json
import sys

from jsonschema import Draft202012Validator

_, schema, bundle = sys.argv
with open(schema, encoding="utf-8") as file:
    schema = json.load(file)
with open(bundle, encoding="utf-8") as file:
    payload = json.load(file)["envelope"]["payload"]
Draft202012Validator.check_schema(schema)
Draft202012Validator(schema).validate(json.loads(base64.b64decode(payload, validate=True)))
