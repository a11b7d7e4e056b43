# SPDX-License-Identifier: MIT
"""An IMAP server over TLS for numbers: thousands of users, or a folder of a million mails.

Mails are made when they are fetched, and each command costs the same in a folder of any size, so
that what grows is the client's own.
"""
import asyncio
import bisect
import ssl
import subprocess
import threading
import time


class Folder:
    """Numbers of mails, the lowest last: the one that is usually removed next."""

    def __init__(self, count=0):
        self.uids = [-uid for uid in range(count, 0, -1)]
        self.next = count + 1

    def add(self):
        self.uids.insert(0, -self.next)
        self.next += 1
        return self.next - 1

    def place(self, uid):
        return bisect.bisect_left(self.uids, -uid)

    def __contains__(self, uid):
        at = self.place(uid)
        return at < len(self.uids) and self.uids[at] == -uid

    def sequence(self, uid):
        return len(self.uids) - self.place(uid)

    def remove(self, uid):
        del self.uids[self.place(uid)]


def certificate(directory):
    """(certificate, key) of localhost, which is its own authority."""
    paths = f"{directory}/imap.pem", f"{directory}/imap.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-out", paths[0], "-keyout", paths[1]],
                   check=True, stderr=subprocess.DEVNULL)
    return paths


class Many:
    """mail(user, uid): the bytes of a mail.  moved: seconds at which a mail was settled, by user and uid."""

    def __init__(self, directory, mail, count=0):
        self.mail, self.count = mail, count
        self.folders, self.idle, self.moved = {}, {}, {}
        self.connections = self.fetched = 0
        self.ca, key = certificate(directory)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.ca, key)
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.run, args=(ready,), daemon=True).start()
        ready.wait()

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(
            self.serve, "127.0.0.1", 0, ssl=self.tls, backlog=4096, ssl_handshake_timeout=600))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    def configuration(self, user, **changes):
        settings = {"host": "localhost", "port": self.port, "ca_file": self.ca, "user": user,
                    "password_command": "echo x", **changes}
        return f"[mailbox {user}]\n" + "".join(f"{k} = {v}\n" for k, v in settings.items())

    def folder(self, user):
        if user not in self.folders:
            self.folders[user] = Folder(self.count)
        return self.folders[user]

    def deliver(self, user):
        """The uid of a new mail, of which the client is notified."""
        def add():
            uid = self.folder(user).add()
            if user in self.idle:
                self.idle[user].tell()
            return uid
        return asyncio.run_coroutine_threadsafe(self.call(add), self.loop).result()

    @staticmethod
    async def call(function):
        return function()

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            await Session(self, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections -= 1
            writer.close()


class Session:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.user = self.tag = None
        self.told = 0  # mails of the folder that the client knows of

    def tell(self):
        """That there are more mails than that."""
        count = len(self.server.folder(self.user).uids)
        if count > self.told:
            self.say(f"* {count} EXISTS")
        self.told = count

    def say(self, text):
        self.writer.write(text.encode() + b"\r\n")

    async def run(self):
        self.say("* OK ready")
        while line := await self.reader.readline():
            self.tag, _, rest = line.decode("latin1").strip().partition(" ")
            command, _, arguments = rest.partition(" ")
            if command.upper() == "UID":
                command, _, arguments = arguments.partition(" ")
            command = command.lower()
            await getattr(self, f"do_{command}", self.do_noop)(arguments)
            if self.user and command != "idle":
                self.tell()
            if command != "idle":
                self.say(f"{self.tag} OK done")
            await self.writer.drain()
            if command == "logout":
                return

    async def do_noop(self, _):
        pass

    async def do_capability(self, _):
        self.say("* CAPABILITY IMAP4rev1 MOVE UIDPLUS IDLE")

    async def do_login(self, arguments):
        self.user = arguments.split(" ")[0].strip('"')

    async def do_list(self, arguments):
        name = arguments.split(" ", 1)[1].strip('"')
        self.say(f'* LIST () "/" "{name}"' if name else '* LIST (\\Noselect) "/" ""')

    async def do_select(self, _):
        self.told = len(self.server.folder(self.user).uids)
        self.say(f"* {self.told} EXISTS")
        self.say("* OK [UIDVALIDITY 7] x")
        self.say("* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] x")

    def named(self, numbers):
        """Those of the folder that a set names, which is of ranges without a *."""
        folder = self.server.folder(self.user)
        for part in numbers.split(","):
            low, _, high = part.partition(":")
            for uid in range(int(low), int(high or low) + 1):
                if uid in folder:
                    yield folder, uid

    async def do_search(self, arguments):
        low, _, high = arguments.split(" ")[0].partition(":")
        if not low.isdigit():
            low, _, high = arguments.split(" ")[1].partition(":")
        folder = self.server.folder(self.user)
        high = folder.next if high == "*" else int(high or low)
        found = folder.uids[folder.place(high):folder.place(int(low) - 1)]
        self.say("* SEARCH" + "".join(f" {-uid}" for uid in reversed(found)))

    async def do_fetch(self, arguments):
        numbers, _, wanted = arguments.partition(" ")
        for folder, uid in self.named(numbers):
            mail = self.server.mail(self.user, uid)
            head = f"* {folder.sequence(uid)} FETCH (UID {uid} "
            if "BODY" not in wanted:
                self.say(f"{head}RFC822.SIZE {len(mail)})")
                continue
            self.server.fetched += 1
            self.writer.write(f"{head}BODY[] {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")
            await self.writer.drain()

    async def do_move(self, arguments):
        for folder, uid in list(self.named(arguments.partition(" ")[0])):
            self.say(f"* {folder.sequence(uid)} EXPUNGE")
            folder.remove(uid)
            self.told -= 1
            self.server.moved[self.user, uid] = time.monotonic()

    async def do_idle(self, _):
        self.say("+ idling")
        self.server.idle[self.user] = self
        self.tell()
        await self.writer.drain()
        await self.reader.readline()
        self.server.idle.pop(self.user, None)
        self.say(f"{self.tag} OK done")
