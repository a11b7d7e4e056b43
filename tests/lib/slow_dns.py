#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A name server that is far away: slow_dns.py ADDRESS PORT DELAY_MS LOSS_PERCENT

Answers PTR questions for every IPv4 address but those of documentation with
h-A-B-C-D.bulk.example.net, and A questions for these names with the address. Every answer comes late, some never. The number of questions
is printed at SIGTERM. Port 0: any; the first line of output names the port.
"""
import asyncio
import random
import signal
import struct
import sys

QUESTIONS = {"PTR": 0, "A": 0, "lost": 0}
TYPES = {1: "A", 12: "PTR"}
DOCUMENTATION = ([b"192", b"0", b"2"], [b"198", b"51", b"100"], [b"203", b"0", b"113"])


def name(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question_of(packet):
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].lower())
        at += packet[at] + 1
    return labels, struct.unpack(">H", packet[at + 1:at + 3])[0], at + 5


def answer(packet):
    labels, kind, end = question_of(packet)
    data = None
    if kind == 12 and labels[-2:] == [b"in-addr", b"arpa"] and len(labels) == 6 and \
            labels[3:0:-1] not in DOCUMENTATION:
        data = name([b"h-" + b"-".join(labels[3::-1]), b"bulk", b"example", b"net"])
    elif kind == 1 and labels[0].startswith(b"h-"):
        data = bytes(int(number) for number in labels[0].split(b"-")[1:])
    QUESTIONS[TYPES.get(kind, "A")] += 1
    head = packet[:2] + struct.pack(">HHHHH", 0x8180 if data else 0x8183, 1, int(data is not None), 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 3600, len(data)) + data if data else b""
    return head + packet[12:end] + record


class Server(asyncio.DatagramProtocol):
    def __init__(self, delay, loss):
        self.delay, self.loss, self.chance = delay, loss, random.Random(53)

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if self.chance.random() < self.loss:
            QUESTIONS["lost"] += 1
            return
        asyncio.get_running_loop().call_later(self.delay, self.transport.sendto, answer(data), address)


async def main():
    address, port, delay, loss = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000, float(sys.argv[4]) / 100
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    transport, _ = await loop.create_datagram_endpoint(lambda: Server(delay, loss), local_addr=(address, port))
    transport.get_extra_info("socket").setsockopt(1, 8, 1 << 22)  # room for bursts
    print(transport.get_extra_info("sockname")[1], flush=True)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    print(QUESTIONS["PTR"], QUESTIONS["A"], QUESTIONS["lost"], flush=True)


asyncio.run(main())
