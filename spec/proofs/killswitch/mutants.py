#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Mutated tokens, for several libraries to judge: mutants.py KEYS COUNT SEED > tokens, each a JSON string on a line of its own.

Half of them are good tokens with a few letters changed; the others are signed anew, with a header, a key, an algorithm or a form that is
not right, or is just as good as before.
"""
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../examples/simulator/transmitter"))
import tokens  # noqa: E402

ALGORITHMS = ["RS256", "PS256", "ES256"]
OTHERS = ["none", "None", "HS256", "RS384", "RS512", "PS384", "PS512", "ES384", "EdDSA", "rs256", "RS256 ", "", "RSA-OAEP"]
ALPHABET = tokens.ALPHABET + "+/=. \n\té"


def header(alg):
    return {"alg": alg, "kid": "ec" if alg[:2] == "ES" else "rsa", "typ": "secevent+jwt"}


def good(chance):
    alg = chance.choice(ALGORITHMS)
    claims = {"iss": "https://idp.example", "jti": f"{chance.getrandbits(64):x}", "x": "a" * chance.randrange(40)}
    own = header(alg)
    return {"header": json.dumps(own, separators=(",", ":")), "payload": json.dumps(claims), "key": own["kid"]}, own


# --- letters ---------------------------------------------------------------------------------------------------------


def place(token, chance):
    """Somewhere in one of the three parts, or at the end of one, since most of the letters are those of the signature."""
    if chance.random() < 0.3:
        ends = [i for i, sign in enumerate(token) if sign == "."] + [len(token) - 1]
        return max(0, chance.choice(ends) - chance.randrange(2))
    return chance.randrange(len(token))


def change(token, chance):
    at = place(token, chance)
    return token[:at] + chance.choice(ALPHABET) + token[at + 1:]


def insert(token, chance):
    at = place(token, chance)
    return token[:at] + chance.choice(ALPHABET) + token[at:]


def remove(token, chance):
    at = place(token, chance)
    return token[:at] + token[at + 1:]


def swap_case(token, chance):
    at = place(token, chance)
    return token[:at] + token[at].swapcase() + token[at + 1:]


def cut(token, chance):
    return token[:place(token, chance)]


def append(token, chance):
    return token + chance.choice(["=", "==", ".", ".AAAA", "A", " ", "\n", "\r\n"])


LETTERS = [change, insert, remove, swap_case, cut, append]


def letters(folder, chance, bases):
    token = chance.choice(bases)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        token = chance.choice(LETTERS)(token, chance) or "A"
    return token


# --- signed anew -----------------------------------------------------------------------------------------------------


def with_header(folder, chance, _):
    """One member more, or another value of one, well signed."""
    case, own = good(chance)
    real = own["alg"]
    member, value = chance.choice([
        ("crit", ["exp"]), ("crit", []), ("crit", ["b64"]), ("b64", False), ("b64", True), ("zip", "DEF"), ("enc", "A128GCM"), ("typ", 7),
        ("typ", "JWT"), ("cty", "JWT"), ("jku", "https://attacker.example"), ("x5u", "https://attacker.example"), ("x5c", ["AAAA"]),
        ("kid", None), ("kid", 7), ("kid", "else"), ("kid", "k" * 257), ("alg", 7), ("alg", None), ("nonce", "n"), ("x", "é"), ("x", "y" * 2100)])
    own[member] = value
    return tokens.sign(dict(case, header=json.dumps(own), sign=real), folder)


def without(folder, chance, _):
    case, own = good(chance)
    real = own["alg"]
    del own[chance.choice(["alg", "kid", "typ"])]
    return tokens.sign(dict(case, header=json.dumps(own), sign=real), folder)


def twice(folder, chance, _):
    case, own = good(chance)
    member = chance.choice(["alg", "kid", "typ"])
    first = chance.choice([own[member], "none", "else"])
    text = json.dumps({member: first})[:-1] + "," + case["header"][1:]
    return tokens.sign(dict(case, header=text, sign=own["alg"]), folder)


def other_algorithm(folder, chance, _):
    case, own = good(chance)
    real, own["alg"] = own["alg"], chance.choice(OTHERS + ALGORITHMS)
    return tokens.sign(dict(case, header=json.dumps(own), sign=chance.choice([real, "none", "public:pem", "public:jwk", "hmac:secret"])), folder)


def other_key(folder, chance, _):
    case, own = good(chance)
    key = chance.choice(["rsa", "ec", "ec384"])
    alg = chance.choice(["ES256", "ES384", "ES512"] if key[:2] == "ec" else ["RS256", "PS256", "RS384"])
    own["alg"] = chance.choice([own["alg"], alg])
    own["kid"] = chance.choice([own["kid"], key])
    return tokens.sign(dict(case, header=json.dumps(own), key=key, sign=alg, keys=chance.choice(["final", "attacker"])), folder)


def mangled(folder, chance, _):
    case, own = good(chance)
    how = chance.choice([name for name in tokens.MANGLED if own["alg"] == "ES256" or name not in ("der", "r-0", "s-n")])
    return tokens.sign(dict(case, mangle=how), folder)


def spaced(folder, chance, _):
    """Another spelling of the same header."""
    case, own = good(chance)
    text = chance.choice([json.dumps(own, indent=1), " " + case["header"], case["header"] + "\n", case["header"] + "x", "\ufeff" + case["header"],
                          case["header"].replace("alg", "\\u0061lg"), "[" + case["header"] + "]", case["header"][:-1] + ",}"])
    alg = own["alg"]
    message = tokens.b64(text.encode()) + "." + tokens.b64(case["payload"].encode())
    key = tokens.keys.private(folder, "final")[case["key"]]
    return message + "." + tokens.b64(tokens.raw(key, alg, message.encode()))


def crossed(folder, chance, bases):
    """The parts of two good tokens."""
    one, other = chance.sample(bases, 2)
    first, second = one.split("."), other.split(".")
    return ".".join(chance.choice([first[:2] + second[2:], first[:1] + second[1:], second[:1] + first[1:]]))


ANEW = [with_header, without, twice, other_algorithm, other_key, mangled, spaced, crossed]


def main(folder, count, seed):
    chance = random.Random(seed)
    bases = [tokens.sign(good(chance)[0], folder) for _ in range(30)]
    for token in bases:
        print(json.dumps(token))
    for number in range(count - len(bases)):
        make = letters if number % 2 else chance.choice(ANEW)
        print(json.dumps(make(folder, chance, bases)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
