#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The opinion of jwcrypto: judge.py KEYS.json < tokens, a JSON string a line > a line each, "yes" or why not."""
import json
import sys

from jwcrypto import jwk, jws

ALGORITHMS = ["RS256", "PS256", "ES256"]


def judge(token, keys):
    one = jws.JWS()
    one.allowed_algs = ALGORITHMS
    one.deserialize(token)
    kid = one.jose_header.get("kid")
    tried = [keys.get_key(kid)] if kid is not None else list(keys["keys"])
    for key in tried:
        if key is None:
            raise ValueError("unknown kid")
        try:
            one.verify(key)
            return "yes"
        except (jws.InvalidJWSSignature, ValueError, TypeError) as error:
            last = error
    raise last


def main(path):
    with open(path) as file:
        keys = jwk.JWKSet.from_json(file.read())
    for line in sys.stdin:
        try:
            opinion = judge(json.loads(line), keys)
        except Exception as error:  # whatever it raises, it does not accept
            opinion = "no: " + type(error).__name__
        print(opinion)


if __name__ == "__main__":
    main(sys.argv[1])
