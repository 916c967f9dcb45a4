# SPDX-License-Identifier: MIT
"""Signed tokens, good ones and spoiled ones.

A token is described by a table: header and payload (texts of JSON), keys (whose), key (the kid), and
sign    how it is signed, if not by the algorithm of its header: "none", the name of another algorithm, "public:FORM" (an HMAC under the
        public key), "hmac:SECRET"
mangle  what is done to the token afterwards, by the names of MANGLED
"""
import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from jwcrypto import jws

import keys

ATTACKER = {"jku": '"https://attacker.example/keys"', "x5u": '"https://attacker.example/chain"', "x5c": '["MIIB"]'}
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- signatures ------------------------------------------------------------------------------------------------------


def _ecdsa(key, digest, message):
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _rsa(key, scheme, digest, message):
    if scheme == "PS":
        return key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(message, padding.PKCS1v15(), digest)


def raw(key, alg, message):
    """A signature by any algorithm that the key can do, whatever the standards say of the two."""
    secret = key.get_op_key("sign")
    if alg == "EdDSA":
        return secret.sign(message)
    digest = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[alg[2:]]()
    if alg[:2] == "ES":
        return _ecdsa(secret, digest, message)
    return _rsa(secret, alg[:2], digest, message)


def public_text(key, form):
    """The public key as somebody might mistake it for a secret."""
    public = key.get_op_key("verify")
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    if form == "pem":
        return public.public_bytes(serialization.Encoding.PEM, info)
    if form == "der":
        return public.public_bytes(serialization.Encoding.DER, info)
    if form == "modulus":
        return unb64(key.export_public(as_dict=True)["n"])
    return key.export_public().encode()


def _signature(case, key, alg, message):
    how = case.get("sign") or "by-alg"
    if how == "none":
        return b""
    kind, _, rest = how.partition(":")
    if kind == "public":
        return hmac.new(public_text(key, rest), message, hashlib.sha256).digest()
    if kind == "hmac":
        return hmac.new(rest.encode(), message, hashlib.sha256).digest()
    return raw(key, alg if how == "by-alg" else how, message)


def _attackers(header, folder):
    """Fills in what an attacker would put into the header."""
    for member, text in ATTACKER.items():
        header = header.replace(f'"{member}":"@attacker@"', f'"{member}":{text}')
    own = keys.private(folder, "attacker")["rsa"].export_public()
    return header.replace('"jwk":"@attacker@"', f'"jwk":{own}')


def compact(header, payload, key):
    """As jwcrypto signs it."""
    token = jws.JWS(payload.encode())
    token.add_signature(key, None, header, None)
    return token.serialize(compact=True)


def sign(case, folder):
    key = keys.private(folder, case.get("keys") or "final").get(case.get("key") or "rsa")
    header = _attackers(case["header"], folder)
    if not case.get("sign") and json.loads(header).get("alg") in ("RS256", "PS256", "ES256"):
        token = compact(header, case["payload"], key)
    else:
        message = b64(header.encode()) + "." + b64(case["payload"].encode())
        alg = json.loads(header).get("alg")
        token = message + "." + b64(_signature(case, key, alg, message.encode()))
    return MANGLED[case["mangle"]](token, key) if case.get("mangle") else token


# --- spoiled tokens --------------------------------------------------------------------------------------------------


def _signature_of(change):
    def mangled(token, _):
        head, _, signature = token.rpartition(".")
        return head + "." + b64(change(unb64(signature)))
    return mangled


def _flip(signature):
    return signature[:20] + bytes([signature[20] ^ 1]) + signature[21:]


def _der(signature):
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _loose(token, _):
    """The bits of the last letter that stand for nothing."""
    return token[:-1] + ALPHABET[ALPHABET.index(token[-1]) | 1]


def _standard(token, _):
    """The first "-" or "_", or where there is none the first "a", in the other alphabet."""
    for ours, other in (("-", "+"), ("_", "/"), ("a", "+")):
        if ours in token:
            return token.replace(ours, other, 1)
    return token


def _parts(change):
    return lambda token, _: ".".join(change(token.split(".")))


PBES2 = b64(b'{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2s":"AAAAAAAAAAA","p2c":2147483648}')

MANGLED = {
    "flip": _signature_of(_flip),
    "cut": _signature_of(lambda s: s[:-1]),
    "longer": _signature_of(lambda s: s + b"\0"),
    "zero": _signature_of(lambda s: bytes(len(s))),
    "der": _signature_of(_der),
    "r-0": _signature_of(lambda s: bytes(32) + s[32:]),
    "s-n": _signature_of(lambda s: s[:32] + ORDER_P256.to_bytes(32, "big")),
    "no-signature": _signature_of(lambda s: b""),
    "padding": lambda token, _: token + "==",
    "loose": _loose,
    "standard": _standard,
    "space": lambda token, _: token[:40] + " " + token[40:],
    "newline": lambda token, _: token + "\n",
    "tab": lambda token, _: "\t" + token,
    "bom": lambda token, _: "\ufeff" + token,
    "parts-1": _parts(lambda p: p[:1]),
    "parts-2": _parts(lambda p: p[:2]),
    "parts-4": _parts(lambda p: p + p[:1]),
    "parts-5": _parts(lambda p: p + p[:2]),
    "empty-header": _parts(lambda p: ["", p[1], p[2]]),
    "empty-payload": _parts(lambda p: [p[0], "", p[2]]),
    "jwe": lambda token, _: b64(b'{"alg":"RSA-OAEP","enc":"A128GCM"}') + ".AAAA.AAAA.AAAA.AAAA",
    "pbes2": lambda token, _: PBES2 + ".AAAA.AAAA.AAAA.AAAA",
}
