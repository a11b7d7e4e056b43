# SPDX-License-Identifier: MIT
"""Signed mail, and a name server that has the keys; shares no code with the program."""
import base64
import hashlib
import re
import socket
import struct
import subprocess
import threading
import time

import lab

HEADERS = (b"from", b"subject", b"date", b"tls-report-domain", b"tls-report-submitter")


def relaxed_header(field):
    name, _, value = field.partition(b":")
    return name.lower().strip() + b":" + re.sub(rb"[ \t\r\n]+", b" ", value).strip()


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


class Key:
    """An RSA key pair, in files of a directory."""

    def __init__(self, directory, name="key", bits=2048):
        self.path = f"{directory}/{name}.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.path, str(bits)], check=True,
                       stderr=subprocess.DEVNULL)
        public = subprocess.run(["openssl", "rsa", "-in", self.path, "-pubout", "-outform", "DER"],
                                check=True, capture_output=True).stdout
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()

    def sign(self, mail, domain, selector="s1", tags=""):
        """The mail with a signature on top; lines end in CRLF."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = re.split(rb"\r\n(?![ \t])", head)
        chosen = [f for name in HEADERS for f in fields
                  if f.lower().partition(b":")[0].strip() == name]
        names = b":".join(f.partition(b":")[0] for f in chosen)
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        field = (f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n"
                 f" s={selector}; t={int(time.time())};{tags}\r\n h={names.decode()};\r\n"
                 f" bh={digest.decode()};\r\n b=").encode()
        text = b"".join(relaxed_header(f) + b"\r\n" for f in chosen) + relaxed_header(field)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.path], input=text,
                                   check=True, capture_output=True).stdout
        return field + base64.b64encode(signature) + b"\r\n" + mail


class NameServer:
    """texts: name -> the texts of its TXT records; of a name in silent nothing is
    ever said, of one in broken SERVFAIL.  Answers over 512 bytes come by TCP."""

    def __init__(self, test):
        self.texts, self.silent, self.broken = {}, set(), set()
        self.questions = []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket()
        self.udp.bind(("127.0.0.1", lab.free_port()))
        self.tcp.bind(self.udp.getsockname())
        self.tcp.listen()
        self.address = "127.0.0.1:%d" % self.udp.getsockname()[1]
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()
        test.addCleanup(self.stop)

    def stop(self):
        for end in (self.udp, self.tcp):
            end.close()

    def answer(self, question):
        """None: silence."""
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += question[at] + 1
        name = ".".join(labels).lower()
        self.questions.append(name)
        if name in self.silent:
            return None
        records = b""
        for text in self.texts.get(name, ()):
            text = text.encode()
            data = b"".join(bytes([len(part)]) + part for part in
                            (text[i:i + 255] for i in range(0, len(text), 255)))
            records += struct.pack("!HHHIH", 0xc00c, 16, 1, 60, len(data)) + data
        code = 2 if name in self.broken else 0 if name in self.texts else 3
        count = len(self.texts.get(name, ())) if code == 0 else 0
        return (question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, count, 0, 0)
                + question[12:at + 5] + (records if count else b""))

    def serve_udp(self):
        while True:
            try:
                question, sender = self.udp.recvfrom(512)
            except OSError:
                return
            reply = self.answer(question)
            if reply and len(reply) > 512:
                end = question.index(b"\0", 12) + 5
                reply = reply[:2] + b"\x83\x80\0\1\0\0\0\0\0\0" + question[12:end]
            if reply:
                self.udp.sendto(reply, sender)

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection:
                size = connection.recv(2)
                if len(size) == 2:
                    reply = self.answer(connection.recv(struct.unpack("!H", size)[0]))
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
