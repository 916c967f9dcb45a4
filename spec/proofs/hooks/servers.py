# SPDX-License-Identifier: MIT
# Servers for the hooks, in a folder: SMTP, which keeps each mail as a file, taken apart, and HTTP in the forms of ServiceNow and Jira, which keeps
# each request. They write their ports into the file "ports", and end after ten minutes.
import asyncio, email, email.policy, http.server, json, os, sys, threading

from aiosmtpd.smtp import SMTP

folder = sys.argv[1]
numbers = iter(range(1, 1000))


def keep(kind, bytes):
    path = os.path.join(folder, "%s.%d" % (kind, next(numbers)))
    with open(path + ".new", "wb") as file:
        file.write(bytes)
    os.rename(path + ".new", path)


class Mails:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        parts = [{"name": part.get_filename() or "", "type": part.get_content_type(), "text": part.get_content()} for part in mail.iter_parts()]
        for part in parts:
            part["text"] = part["text"].decode() if isinstance(part["text"], bytes) else part["text"]
        keep("mail", json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": mail["Subject"], "names": mail.keys(),
            "defects": len(mail.defects), "parts": parts, "longest": max(map(len, envelope.original_content.splitlines()))}).encode())
        return "250 OK"


class Tickets(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        bytes = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(bytes)))
        self.end_headers()
        self.wfile.write(bytes)

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        keep("request", json.dumps({"method": self.command, "path": self.path, "body": body and json.loads(body),
            "authorization": self.headers.get("Authorization"), "type": self.headers.get("Content-Type")}).encode())
        if self.headers.get("Authorization") != "Bearer ticket-token":
            self.answer(401, {"error": {"message": "User Not Authenticated"}})
        elif self.path.startswith("/api/now/table/change_request?"):
            there = "number%3DCHG0030001&" in self.path
            self.answer(200, {"result": [{"sys_id": "46f67787a9fe198101e06dfcf3a78e99"}] if there else []})
        elif self.path in ("/api/now/table/change_request/46f67787a9fe198101e06dfcf3a78e99", "/rest/api/2/issue/SUP-17/comment"):
            self.answer(200 if self.command == "PATCH" else 201, {})
        else:
            self.answer(404, {})

    do_GET = do_POST = do_PATCH = handle_request

    def log_message(self, *_):
        pass


async def main():
    mail = await asyncio.get_running_loop().create_server(lambda: SMTP(Mails(), hostname="localhost"), "127.0.0.1", 0)
    tickets = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tickets)
    threading.Thread(target=tickets.serve_forever, daemon=True).start()
    with open(os.path.join(folder, "ports.new"), "w") as file:
        file.write("%d %d\n" % (mail.sockets[0].getsockname()[1], tickets.server_port))
    os.rename(os.path.join(folder, "ports.new"), os.path.join(folder, "ports"))
    await asyncio.sleep(600)


asyncio.run(main())
