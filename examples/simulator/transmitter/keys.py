# SPDX-License-Identifier: MIT
"""The keys of issuers: a file each, NAME.json, made when it is first asked for."""
import json
import os

from jwcrypto import jwk

KINDS = {
    "rsa": dict(kty="RSA", size=2048),
    "ec": dict(kty="EC", crv="P-256"),
    "ec384": dict(kty="EC", crv="P-384"),
    "ed": dict(kty="OKP", crv="Ed25519"),
}

_sets = {}


def make(kid, kind):
    return jwk.JWK.generate(kid=kid, use="sig", **KINDS[kind])


def _write(path, keys):
    beside = f"{path}.{os.getpid()}"
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"keys": [key.export(as_dict=True) for key in keys.values()]}, file)
    os.replace(beside, path)


def private(folder, name):
    """The keys of an issuer, by kid."""
    path = os.path.join(folder, name + ".json")
    if path not in _sets:
        if not os.path.exists(path):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _write(path, {kid: make(kid, kid) for kid in KINDS})
        with open(path) as file:
            _sets[path] = {row["kid"]: jwk.JWK(**row) for row in json.load(file)["keys"]}
    return _sets[path]


def rotate(folder, name, kid, kind="rsa", withdraw=None):
    """Adds a key, and takes another one away."""
    held = private(folder, name)
    if kid:
        held[kid] = make(kid, kind)
    held.pop(withdraw, None)
    _write(os.path.join(folder, name + ".json"), held)


def public(folder, name):
    return json.dumps({"keys": [key.export_public(as_dict=True) for key in private(folder, name).values()]})
