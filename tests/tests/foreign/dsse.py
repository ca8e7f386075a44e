"""Checks the envelope of a bundle with securesystemslib: dsse.py PUBLIC-KEY-FILE BUNDLE.

Scheme and key id are those of the DSSE world: ecdsa-sha2-nistp256, and SHA-256 of the key's DER.
"""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

_, public, bundle = sys.argv
with open(public, "rb") as file:
    key = load_pem_public_key(file.read())
with open(bundle, encoding="utf-8") as file:
    envelope = Envelope.from_dict(json.load(file)["envelope"])
der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
keyid = hashlib.sha256(der).hexdigest()
envelope.verify([SSlibKey(keyid, "ecdsa", "ecdsa-sha2-nistp256", {"public": pem})], 1)
