# SPDX-License-Identifier: MIT
"""An IMAP server with mails of its own, and a hook that does what no real one would."""
import re
import socket
import threading


class Folder:
    def __init__(self, mails=()):
        self.mails = dict(enumerate(mails, 1))
        self.flags = {}
        self.next = len(self.mails) + 1

    def add(self, mail):
        self.mails[self.next] = mail
        self.next += 1


class Server:
    """One folder, INBOX, and what is created.

    hook(server, connection, command, arguments) may answer in the place of the
    server: True, it has; "close", the connection ends; else the server does it.
    """

    def __init__(self, test, mails, hook=None, greeting="* OK ready\r\n",
                 capabilities="IMAP4rev1 MOVE UIDPLUS", size=len, search_most=None):
        self.folders = {"INBOX": Folder(mails)}
        self.hook, self.greeting, self.capabilities = hook, greeting, capabilities
        self.size, self.search_most = size, search_most
        self.commands = []
        self.connections = 0
        self.validity = 7
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=20)
        self.port = self.listener.getsockname()[1]
        test.addCleanup(self.listener.close)
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def inbox(self):
        return self.folders["INBOX"]

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            try:
                Connection(self, client).run()
            except OSError:
                pass

    def counts(self):
        return {name: len(folder.mails) for name, folder in self.folders.items() if folder.mails}

    def asked(self, command):
        """The arguments of every such command."""
        return [arguments for name, arguments in list(self.commands) if name == command]


class Connection:
    def __init__(self, server, client):
        self.server, self.client = server, client
        self.lines = client.makefile("rb")
        self.folder = None
        self.tag = ""

    def say(self, text):
        self.client.sendall(text if isinstance(text, bytes) else text.encode("latin1"))

    def end(self, words="OK done"):
        self.say(f"{self.tag} {words}\r\n")

    def run(self):
        self.say(self.server.greeting)
        for line in self.lines:
            self.tag, _, rest = line.decode("latin1").rstrip("\r\n").partition(" ")
            command, _, arguments = rest.partition(" ")
            if command.upper() == "UID":
                command, _, arguments = arguments.partition(" ")
            command = command.upper()
            self.server.commands.append((command, arguments))
            answered = self.server.hook and self.server.hook(self.server, self, command, arguments)
            if answered == "close":
                return
            if not answered:
                getattr(self, "do_" + command.lower(), self.do_unknown)(arguments)
            if command == "LOGOUT":
                return

    def uids(self, numbers):
        """Those of the selected folder that a set names."""
        found = []
        last = max(self.folder.mails, default=0)
        for part in numbers.split(","):
            low, _, high = (part.replace("*", str(last))).partition(":")
            low, high = sorted((int(low), int(high or low)))
            found += [uid for uid in sorted(self.folder.mails) if low <= uid <= high]
        return found

    def sequence(self, uid):
        return sorted(self.folder.mails).index(uid) + 1

    def do_unknown(self, _):
        self.end("BAD unknown command")

    def do_capability(self, _):
        self.say(f"* CAPABILITY {self.server.capabilities}\r\n")
        self.end()

    def do_noop(self, _):
        self.end()

    do_login = do_subscribe = do_noop

    def do_logout(self, _):
        self.say("* BYE bye\r\n")
        self.end()

    def do_list(self, arguments):
        name = arguments.split(" ", 1)[1].strip('"')
        if not name:
            self.say('* LIST (\\Noselect) "/" ""\r\n')
        elif name in self.server.folders:
            self.say(f'* LIST () "/" "{name}"\r\n')
        self.end()

    def do_create(self, arguments):
        self.server.folders.setdefault(arguments.strip('"'), Folder())
        self.end()

    def do_select(self, arguments):
        self.folder = self.server.folders.get(arguments.strip('"'))
        if self.folder is None:
            self.end("NO no such folder")
            return
        self.say(f"* {len(self.folder.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.server.validity}] x\r\n"
                 "* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] x\r\n")
        self.end("OK [READ-WRITE] done")

    do_examine = do_select

    def do_search(self, arguments):
        found = sorted(self.folder.mails)
        uids = re.search(r"\bUID (\S+)", arguments)
        if uids:
            found = self.uids(uids[1].rstrip(")"))
        without = re.search(r'UNKEYWORD "?([^\s")]+)', arguments)
        found = [uid for uid in found if not {"\\Deleted", without and without[1]} &
                 self.folder.flags.get(uid, set())]
        self.say("* SEARCH" + "".join(f" {uid}" for uid in found[:self.server.search_most]) + "\r\n")
        self.end()

    def body(self, uid, mail=None):
        mail = self.folder.mails[uid] if mail is None else mail
        self.say(f"* {self.sequence(uid)} FETCH (UID {uid} BODY[] {{{len(mail)}}}\r\n".encode()
                 + mail + b")\r\n")

    def do_fetch(self, arguments):
        numbers, _, wanted = arguments.partition(" ")
        for uid in self.uids(numbers):
            if "BODY" in wanted:
                self.body(uid)
            else:
                size = self.server.size(self.folder.mails[uid])
                self.say(f"* {self.sequence(uid)} FETCH (UID {uid} RFC822.SIZE {size})\r\n")
        self.end()

    def do_move(self, arguments):
        numbers, _, name = arguments.partition(" ")
        target = self.server.folders.get(name.strip('"'))
        if target is None:
            self.end("NO [TRYCREATE] no such folder")
            return
        for uid in self.uids(numbers):
            target.add(self.folder.mails[uid])
            self.expunge(uid)
        self.end()

    def do_copy(self, arguments):
        numbers, _, name = arguments.partition(" ")
        for uid in self.uids(numbers):
            self.server.folders[name.strip('"')].add(self.folder.mails[uid])
        self.end()

    def do_store(self, arguments):
        numbers, _, flags = arguments.partition(" ")
        for uid in self.uids(numbers):
            self.folder.flags.setdefault(uid, set()).update(re.findall(r"[\\$]\w+", flags))
        self.end()

    def expunge(self, uid):
        sequence = self.sequence(uid)
        del self.folder.mails[uid]
        self.say(f"* {sequence} EXPUNGE\r\n")

    def do_expunge(self, arguments):
        for uid in self.uids(arguments):
            if "\\Deleted" in self.folder.flags.get(uid, ()):
                self.expunge(uid)
        self.end()
