# SPDX-License-Identifier: MIT
"""A DNS tree of our own on loopback, signed, with its web and mail servers."""
import base64
import hashlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

CA_CONFIG = """[ca]
default_ca = one
[one]
dir = .
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = CA:false
"""

KNOT_CONFIG = """server:
    listen: 127.0.0.1@{port}
    rundir: {directory}
log:
  - target: stderr
    any: error
database:
    storage: {directory}
policy:
  - id: one
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
    zsk-lifetime: 0
template:
  - id: default
    storage: {directory}
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    semantic-checks: off
zone:
"""

SOA = """$ORIGIN {zone}
$TTL 300
@ SOA ns.test. hostmaster.test. 1 3600 600 86400 300
@ NS ns.test.
"""


def free_port():
    """A port that is free for UDP and TCP, below those that clients get: nobody takes it before the server listens."""
    while True:
        port = random.randint(10000, 30000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True).stdout


def text(*strings):
    """A TXT record of these strings, in the form of a zone file."""
    return "TXT " + " ".join('"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\{ord(c):03}"
                                           for c in string) + '"' for string in strings)


class Certificates:
    """A root, an intermediate and whatever leaves are asked for."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory)
        with open(f"{directory}/ca.cnf", "w", encoding="ascii") as file:
            file.write(CA_CONFIG)
        open(f"{directory}/index", "w", encoding="ascii").close()
        self.make("root", ["Test Root"], None, "authority")
        self.make("inter", ["Test Intermediate"], "root", "authority")

    def make(self, name, names, issuer, kind="leaf", start="-30d", end="+300d", bits=None,
             organization=None):
        """name.key and name.crt; names[0] is the CN, all of them are in the SAN."""
        def moment(offset):
            days = int(offset[:-1])
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86400 * days))

        key = ["rsa:%d" % bits] if bits else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        alternative = ["-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names)] if kind == "leaf" else []
        run("openssl", "req", "-new", "-newkey", *key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", (f"/O={organization}" if organization else "") + f"/CN={names[0][:60]}", "-config", "ca.cnf", *alternative, cwd=self.directory)
        signer = ["-selfsign", "-keyfile", f"{name}.key"] if issuer is None else \
            ["-cert", f"{issuer}.crt", "-keyfile", f"{issuer}.key"]
        run("openssl", "ca", "-batch", "-notext", "-config", "ca.cnf", "-extensions", kind, "-in", f"{name}.csr",
            "-out", f"{name}.crt", "-startdate", moment(start), "-enddate", moment(end), *signer,
            cwd=self.directory)

    def path(self, name):
        return f"{self.directory}/{name}"

    def leaf(self, name, names, chain=("inter",), issuer="inter", **options):
        """A leaf of an intermediate, and the chain that a server sends."""
        self.make(name, names, issuer, **options)
        self.join(name, chain)

    def join(self, name, chain):
        with open(self.path(f"{name}.chain"), "w", encoding="ascii") as out:
            for part in (name, *chain):
                with open(self.path(f"{part}.crt"), encoding="ascii") as file:
                    out.write(file.read())

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(f"{name}.chain"), self.path(f"{name}.key"))
        return context

    def tlsa(self, name, usage=3, selector=1, matching=1):
        with open(self.path(f"{name}.crt"), encoding="ascii") as file:
            data = ssl.PEM_cert_to_DER_cert(file.read())
        if selector == 1:
            pem = run("openssl", "x509", "-in", self.path(f"{name}.crt"), "-noout", "-pubkey")
            data = base64.b64decode("".join(pem.split("\n")[1:-2]))
        digest = {0: data.hex(), 1: hashlib.sha256(data).hexdigest(), 2: hashlib.sha512(data).hexdigest()}[matching]
        return f"TLSA {usage} {selector} {matching} {digest}"


class NameServer:
    """knot, authoritative for the whole tree and asked like a resolver."""

    def __init__(self, test, directory, zones, offline):
        """zones: {name: (text, signed)}; offline: {name: arguments of ldns-signzone and the algorithm}."""
        self.directory = directory
        os.makedirs(directory)
        self.port = free_port()
        self.config = f"{directory}/knot.conf"
        parents = []
        with open(self.config, "w", encoding="ascii") as file:
            file.write(KNOT_CONFIG.format(port=self.port, directory=directory))
            for zone, (_, signed) in zones.items():
                file.write(f"  - domain: {zone}\n    file: {self.file(zone)}\n")
                if signed:
                    file.write("    dnssec-signing: on\n    dnssec-policy: one\n")
        for zone, (body, signed) in zones.items():
            with open(f"{directory}/{self.file(zone)}", "w", encoding="ascii") as file:
                file.write(SOA.format(zone=zone if zone == "." else zone + ".") + body)
            if signed:
                run("keymgr", "-c", self.config, zone, "generate", "algorithm=ecdsap256sha256", "ksk=yes", "zsk=yes")
                if zone not in (".", "test"):
                    parents.append(self.ds(zone))
        for zone, (dates, algorithm) in offline.items():
            parents.append(self.sign(zone, dates, algorithm))
        self.delegate("test", "\n".join(parents))
        self.delegate(".", self.ds("test"))
        with open(f"{directory}/anchor", "w", encoding="ascii") as file:
            file.write(self.ds("."))
        self.start(test)

    @staticmethod
    def file(zone):
        return ("root" if zone == "." else zone) + ".zone"

    def ds(self, zone):
        line = run("keymgr", "-c", self.config, zone, "ds").split("\n")[0]
        if zone == "bogus.test":  # not the digest of its key
            line = line[:-8] + "00000000"
        return line + "\n"

    def sign(self, zone, dates, algorithm):
        key = run("ldns-keygen", "-a", algorithm, "-b", "2048", "-k", zone, cwd=self.directory).strip()
        run("ldns-signzone", *dates, "-f", self.file(zone) + ".signed", self.file(zone), key, cwd=self.directory)
        os.replace(f"{self.directory}/{self.file(zone)}.signed", f"{self.directory}/{self.file(zone)}")
        with open(f"{self.directory}/{key}.ds", encoding="ascii") as file:
            return file.read()

    def delegate(self, zone, records):
        with open(f"{self.directory}/{self.file(zone)}", "a", encoding="ascii") as file:
            file.write(records)

    def change(self, zone, before, after):
        """Edits the zone and waits until the server has taken it up."""
        path = f"{self.directory}/{self.file(zone)}"
        with open(path, encoding="ascii") as file:
            body = file.read()
        assert body.count(before) == 1, (before, body.count(before))
        with open(path, "w", encoding="ascii") as file:
            file.write(body.replace(before, after))
        run("knotc", "-b", "-c", self.config, "zone-reload", zone)

    def start(self, test):
        log = open(f"{self.directory}/log", "w", encoding="ascii")
        process = subprocess.Popen(["knotd", "-c", self.config], stdout=log, stderr=log)
        log.close()
        test.addClassCleanup(process.wait)
        test.addClassCleanup(process.send_signal, signal.SIGTERM)
        deadline = time.time() + 60
        while not ask(self.port, "test", 6)[2] & 4:  # authoritative
            if process.poll() is not None or time.time() > deadline:
                with open(f"{self.directory}/log", encoding="utf-8") as file:
                    raise RuntimeError(file.read())
            time.sleep(0.1)


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    return b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0" + labels + b"\0" + kind.to_bytes(2, "big") + b"\0\x01"


def ask(port, name, kind):
    """The answer as bytes, b"\0\0\0" where none comes."""
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.settimeout(0.5)
        s.sendto(question(name, kind), ("127.0.0.1", port))
        try:
            return s.recv(4096)
        except OSError:
            return b"\0\0\0"


class Forwarder:
    """Between the check and knot; drops, fails or strips what the rule names.

    rule(name, type) gives None, "drop", "fail" or "strip"."""

    def __init__(self, test, upstream, rule):
        self.upstream, self.rule = upstream, rule
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.port = free_port()
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        test.addClassCleanup(self.udp.close)
        test.addClassCleanup(self.tcp.close)
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
            at += 1 + query[at]
        kind = int.from_bytes(query[at + 1:at + 3], "big")
        rule = self.rule(".".join(labels), kind)
        if rule == "drop":
            return None
        if rule == "fail":
            return query[:2] + b"\x81\x82" + query[4:6] + b"\0" * 6 + query[12:at + 5]
        if rule == "strip":  # no EDNS, so no signatures
            query = query[:10] + b"\0\0" + query[12:at + 5]
        with socket.create_connection(("127.0.0.1", self.upstream)) as s:
            s.sendall(len(query).to_bytes(2, "big") + query)
            stream = s.makefile("rb")
            answer = stream.read(int.from_bytes(stream.read(2), "big"))
        return answer[:3] + bytes([answer[3] | 0x80]) + answer[4:]  # recursion available

    def serve_udp(self):
        while True:
            try:
                query, sender = self.udp.recvfrom(4096)
            except OSError:
                return
            threading.Thread(target=self.reply_udp, args=(query, sender), daemon=True).start()

    def reply_udp(self, query, sender):
        answer = self.answer(query)
        if answer and len(answer) > 1200:  # TC: the whole comes over TCP
            at = 12
            while answer[at]:
                at += 1 + answer[at]
            answer = answer[:2] + bytes([answer[2] | 2]) + answer[3:6] + b"\0" * 6 + answer[12:at + 5]
        if answer:
            self.udp.sendto(answer, sender)

    def serve_tcp(self):
        while True:
            try:
                client, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.reply_tcp, args=(client,), daemon=True).start()

    def reply_tcp(self, client):
        with client:
            stream = client.makefile("rb")
            while size := stream.read(2):
                answer = self.answer(stream.read(int.from_bytes(size, "big")))
                if answer:
                    client.sendall(len(answer).to_bytes(2, "big") + answer)


class PolicyServer:
    """HTTPS; each host has a certificate and an answer: (status, headers, body) or a function of the socket."""

    def __init__(self, test, certificates, hosts):
        self.hosts = hosts  # {name: (certificate, answer)}
        self.contexts = {name: certificates.context(name) for name in {c for c, _ in hosts.values()}}
        self.default = next(iter(self.contexts.values()))
        self.default.sni_callback = self.choose
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        test.addClassCleanup(self.listener.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def choose(self, connection, name, _):
        if name in self.hosts:
            connection.context = self.contexts[self.hosts[name][0]]

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.reply, args=(client,), daemon=True).start()

    def reply(self, client):
        try:
            client.settimeout(20)
            with self.default.wrap_socket(client, server_side=True) as s:
                head = b""
                while b"\r\n\r\n" not in head and (part := s.recv(4096)):
                    head += part
                host = [line.split(b":")[1].strip().decode() for line in head.split(b"\r\n")
                        if line.lower().startswith(b"host:")][0]
                answer = self.hosts[host][1]
                if callable(answer):
                    answer(s)
                    return
                status, headers, body = answer
                headers = {"Content-Length": len(body), "Connection": "close", **headers}
                s.sendall(f"HTTP/1.1 {status} x\r\n".encode() + b"".join(
                    f"{name}: {value}\r\n".encode() for name, value in headers.items()) + b"\r\n" + body)
        except (OSError, IndexError, KeyError):
            client.close()


class MailServer:
    """One address of 127/8 for each behaviour: (certificate, mode)."""

    def __init__(self, test, certificates, hosts):
        self.certificates = certificates
        self.port = free_port()
        for address, (certificate, mode) in hosts.items():
            listener = socket.create_server((address, self.port))
            test.addClassCleanup(listener.close)
            threading.Thread(target=self.serve, args=(listener, certificate, mode), daemon=True).start()

    def serve(self, listener, certificate, mode):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(client, certificate, mode), daemon=True).start()

    def context(self, certificate, mode):
        context = self.certificates.context(certificate)
        if mode == "tls1.0":
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        if mode.startswith("sni "):
            other = self.certificates.context(mode[4:])
            context, named = other, context

            def choose(connection, name, _):
                if name:
                    connection.context = named
            context.sni_callback = choose
        return context

    def talk(self, client, certificate, mode):
        try:
            client.settimeout(20)
            if mode == "silent":
                client.recv(1)
                return
            client.sendall(b"554 5.7.1 we do not talk\r\n" if mode == "refuse" else
                           b"220-mail.test\r\n220 ready\r\n")
            stream = client.makefile("rb")
            while line := stream.readline():
                verb = line.split()[0].upper()
                if verb == b"EHLO":
                    offers = [] if mode == "plain" else [b"STARTTLS"]
                    lines = [b"mail.test", *offers, b"SIZE 1000"]
                    client.sendall(b"".join(b"250-" + x + b"\r\n" for x in lines[:-1]) + b"250 " + lines[-1] + b"\r\n")
                elif verb == b"STARTTLS" and mode == "454":
                    client.sendall(b"454 4.7.0 not now\r\n")
                elif verb == b"STARTTLS":
                    client.sendall(b"220 go\r\n" + (b"250 injected\r\n" if mode == "inject" else b""))
                    if mode == "broken":
                        client.sendall(b"\x15\x03\x01\x00\x02\x02\x28")
                        return
                    if mode == "huge":
                        client.recv(4096)
                        client.sendall(huge_flight(16400))
                        client.recv(4096)
                        return
                    client = self.context(certificate, mode).wrap_socket(client, server_side=True)
                    stream = client.makefile("rb")
                else:
                    client.sendall(b"221 bye\r\n")
                    return
        except (OSError, IndexError):
            pass
        finally:
            client.close()


def directory_for(test):
    directory = tempfile.mkdtemp(prefix="reportbridge-domain.")
    os.chmod(directory, 0o755)
    test.addClassCleanup(shutil.rmtree, directory)
    return directory



def der(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big") if len(body) > 127 else b""
    return bytes([tag, 0x80 | len(size) if size else len(body)]) + size + body


def huge_certificate(bits):
    """In DER, with an RSA key and an exponent of so many bits; its signature is nonsense."""
    number = (1 << (bits - 1) | 1).to_bytes(bits // 8 + 1, "big")
    signed = der(0x30, bytes.fromhex("06092a864886f70d01010b0500"))
    name = der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x0C, b"huge"))))
    key = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500")),
              der(3, b"\0", der(0x30, der(2, number), der(2, number))))
    dates = der(0x30, der(0x17, b"250101000000Z"), der(0x17, b"350101000000Z"))
    return der(0x30, der(0x30, bytes.fromhex("a003020102020105"), signed, name, dates, name, key), signed,
               der(3, b"\0" + b"\x11" * 256))


def huge_flight(bits):
    """What a TLS 1.2 server with such a certificate says first: up to a message that makes use of the key."""
    def message(kind, body):
        return bytes([kind]) + len(body).to_bytes(3, "big") + body

    def vector(body):
        return len(body).to_bytes(3, "big") + body

    hello = b"\x03\x03" + b"\x55" * 32 + b"\0" + b"\xc0\x2f\0" + b"\0\x05\xff\x01\0\x01\0"
    exchange = b"\x03\0\x17\x41" + b"\x04" + b"\x22" * 64 + b"\x04\x01" + (bits // 8).to_bytes(2, "big") + b"\x33" * (bits // 8)
    flight = message(2, hello) + message(11, vector(vector(huge_certificate(bits)))) + message(12, exchange) + message(14, b"")
    return b"".join(b"\x16\x03\x03" + len(part).to_bytes(2, "big") + part
                    for part in (flight[i:i + 16000] for i in range(0, len(flight), 16000)))
