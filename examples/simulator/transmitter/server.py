# SPDX-License-Identifier: MIT
"""What an issuer serves: its metadata and its keys. The issuer NAME is https://HOST:PORT/NAME.

Orders, by POST of JSON: /_control/rotate {name, kid, kind, withdraw}, /_control/fault {status, body, headers, seconds} (of keys and metadata;
{} ends it), /_control/sign {as a line of `transmitter sign`}; GET /_control/journal is the list of what was fetched.
"""
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import keys
import tokens

KEYS = "/jwks"
SSF = "/.well-known/ssf-configuration"
OPENID = "/.well-known/openid-configuration"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    fetched, fault = [], {}

    def log_message(self, *_):
        pass

    def reply(self, status, body, headers=None):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in dict({"Content-Type": "application/json"}, **(headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def metadata(self, name):
        base = self.server.base
        issuer = base + ("/" + name if name else "")
        return {"issuer": issuer, "jwks_uri": issuer + KEYS, "delivery_methods_supported": ["urn:ietf:rfc:8935"], "spec_version": "1_0"}

    def found(self):
        path = self.path
        if path.startswith(SSF):
            return self.metadata(path[len(SSF) + 1:])
        if path.endswith(OPENID):
            return self.metadata(path[1:-len(OPENID)])
        if path.endswith(KEYS):
            return keys.public(self.server.folder, path[1:-len(KEYS)] or "final")
        return None

    def do_GET(self):
        if self.path == "/_control/journal":
            return self.reply(200, self.fetched)
        with self.lock:
            self.fetched.append({"path": self.path, "time": time.time()})
            fault = dict(self.fault)
        time.sleep(fault.get("seconds", 0))
        if "status" in fault or "body" in fault:
            return self.reply(fault.get("status", 200), fault.get("body", ""), fault.get("headers"))
        found = self.found()
        return self.reply(200, found) if found else self.reply(404, {"error": "not_found"})

    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        with self.lock:
            if self.path == "/_control/rotate":
                keys.rotate(self.server.folder, given.get("name", "final"), given.get("kid"), given.get("kind", "rsa"), given.get("withdraw"))
                return self.reply(200, {})
            if self.path == "/_control/fault":
                type(self).fault = given
                return self.reply(200, {})
            if self.path == "/_control/sign":
                return self.reply(200, {"token": tokens.sign(given, self.server.folder)})
        return self.reply(404, {"error": "not_found"})


def run(folder, port, certificate=None, key=None):
    """Prints its address, and serves until it is ended."""
    httpd = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    httpd.folder = folder
    httpd.base = f"http{'s' if certificate else ''}://127.0.0.1:{httpd.server_address[1]}"
    print(httpd.base)
    sys.stdout.flush()
    httpd.serve_forever()
