# SPDX-License-Identifier: MIT
"""The senders: the shape of the events of each, as their pages and their code have it, and one request that carries an event."""
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import namedtuple

import keys
import tokens

Event = namedtuple("Event", "kind claims token body")
Answer = namedtuple("Answer", "status text seconds")

URI = "https://schemas.openid.net/secevent/"
CAEP = {"session-revoked", "credential-change", "token-claims-change", "device-compliance-change"}
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


def uri(name):
    if name == "verification":
        return URI + "ssf/event-type/verification"
    return URI + ("caep" if name in CAEP else "risc") + "/event-type/" + name


def subject(given, issuer, member="format"):
    """An e-mail address is one; anything else is a sub of the issuer."""
    if "@" in given:
        return {member: "email", "email": given}
    return {member: "iss_sub", "iss": issuer, "sub": given}


def _set(o, now):
    return {"iss": o.issuer, "aud": o.audience, "iat": int(now), "jti": uuid.uuid4().hex}


def final(o, now):
    """SSF 1.0 and CAEP 1.0 as they were published; Keycloak and the bridge for authentik send it."""
    event = {"event_timestamp": int(now)}
    if (o.event or "session-revoked") == "session-revoked":
        event.update(initiating_entity="admin", reason_admin={"en": "account closed"})
    return {"typ": "secevent+jwt"}, dict(
        _set(o, now), txn=uuid.uuid4().hex, sub_id=subject(o.subject, o.issuer), events={uri(o.event or "session-revoked"): event})


def keycloak(o, now):
    """26.7, experimental: the subject is a complex one, its user an iss_sub or an e-mail."""
    header, claims = final(o, now)
    claims["sub_id"] = {"format": "complex", "user": subject(o.subject, o.issuer)}
    return header, claims


def okta(o, now):
    """No sub_id; a complex subject without "format"; milliseconds; no initiating_entity."""
    member = {"event_timestamp": int(now * 1000), "subject": {"user": subject(o.subject, o.issuer)}}
    return {}, dict(_set(o, now), events={uri(o.event or "session-revoked"): member})


def authentik(o, now):
    """The older form: a session and a user beside one another, sent whenever somebody logs out."""
    member = {"event_timestamp": int(now), "initiating_entity": "user", "subject": {
        "session": {"format": "opaque", "id": uuid.uuid4().hex}, "user": subject(o.subject, o.issuer)}}
    return {}, dict(_set(o, now), events={uri(o.event or "session-revoked"): member})


def google(o, now):
    """Cross-Account Protection: RISC, with subject_type."""
    who = subject(o.subject, o.issuer, "subject_type")
    who["subject_type"] = who["subject_type"].replace("_", "-")
    return {"typ": "JWT"}, dict(_set(o, now), events={uri(o.event or "account-disabled"): {"reason": "hijacking", "subject": who}})


def logout(o, now):
    """Back-channel logout."""
    claims = dict(_set(o, now), exp=int(now) + 120, sub=o.subject, events={LOGOUT: {}})
    if o.sid:
        claims["sid"] = o.sid
    return {"typ": "logout+jwt"}, claims


def revocation(o, now):
    """Okta's Universal Logout: the assertion that goes into Authorization."""
    return {"typ": "global-token-revocation+jwt"}, dict(
        _set(o, now), sub=o.client, nbf=int(now) - 300, exp=int(now) + 300)


SENDERS = {
    "final": ("push", final), "keycloak": ("push", keycloak), "okta": ("push", okta), "authentik": ("push", authentik),
    "google": ("push", google), "logout": ("backchannel", logout), "okta-revocation": ("revocation", revocation),
}


def make(sender, o, number=0):
    kind, shape = SENDERS[sender]
    header, claims = shape(o, time.time())
    if number:
        claims["jti"] += f"-{number}"
    kid = "ec" if o.alg == "ES256" else "rsa"
    token = tokens.compact(json.dumps(dict(header, alg=o.alg, kid=kid)), json.dumps(claims), keys.private(o.folder, o.keys)[kid])
    body = {"push": token, "backchannel": urllib.parse.urlencode({"logout_token": token}),
            "revocation": json.dumps({"sub_id": subject(o.subject, o.issuer)})}[kind]
    return Event(kind, claims, token, body)


TYPES = {"push": "application/secevent+jwt", "backchannel": "application/x-www-form-urlencoded", "revocation": "application/json"}


def post(event, o):
    headers = {"Content-Type": TYPES[event.kind], "Accept": "application/json"}
    authorization = "Bearer " + event.token if event.kind == "revocation" else o.authorization
    if authorization:
        headers["Authorization"] = authorization
    request = urllib.request.Request(o.to, data=event.body.encode(), headers=headers, method="POST")
    context = ssl.create_default_context(cafile=o.ca) if o.to.startswith("https") else None
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as reply:
            status, text = reply.status, reply.read()
    except urllib.error.HTTPError as refusal:
        status, text = refusal.code, refusal.read()
    return Answer(status, text.decode("utf-8", "replace"), time.monotonic() - began)
