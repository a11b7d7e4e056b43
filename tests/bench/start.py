#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What starting the program costs: loading its libraries, each of them, and its own work.

start.py PROGRAM

Instructions, counted by valgrind, which are the same under any load.  A library is loaded into
/bin/true by LD_PRELOAD, with all that it depends on; what several libraries depend on counts
for each, so their sum is more than the whole.  The libraries of a module count with what they
add to those of the program.  Fails if "help" or "parse" load more than the program is linked
to; tests/integration/test_modules.py has the other commands.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = os.path.realpath(sys.argv[1])
# Of its own, at most: a quarter of what loading takes.  The symbols of a library that is
# loaded later take longer to find.
OWN_MILLIONS = {"help": 5, "parse": 5, "--version": 10}
REPORT = """<feedback><report_metadata><org_name>a</org_name><report_id>1</report_id><date_range>
<begin>1793491200</begin><end>1793577599</end></date_range></report_metadata><policy_published>
<domain>example.com</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>
<count>1</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>
</policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers></record></feedback>
"""
EMPTY = "/bin/true"
# Who needs the modules.
FOR = {"http": "search servers, OAuth, MTA-STS policies, mails and webhooks",
       "imap": "run and check with source = imap", "kafka": "run and check with type or source = kafka",
       "listener": "run with listen", "dkim": "verify_dkim", "dns": "domain, records"}


def cost(command, **environment):
    """Millions of instructions."""
    done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                           *command], env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{command}: exit status {done.returncode}: {done.stderr}")
    return int(re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)[1].replace(",", "")) / 1e6


def libraries(path):
    """{name: path} of the libraries that the program or module itself names, and the paths of all that it loads."""
    dynamic = subprocess.run(["readelf", "-d", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    loaded = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    paths = dict(re.findall(r"(\S+) => (/\S+)", loaded))
    return {name: paths[name] for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic) if name in paths}, set(paths.values())


def opened(*words):
    """Libraries and modules that the command loads."""
    # The dynamic linker itself is no library.
    debug = subprocess.run([PROGRAM, *words], env={**os.environ, "LD_DEBUG": "files"}, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, check=True).stderr
    return {path for path in re.findall(r"calling init: (\S+)", debug) if "/ld-linux" not in path}


def loading(paths):
    return cost([EMPTY], LD_PRELOAD=" ".join(paths)) - cost([EMPTY])


def main():
    named, linked = libraries(PROGRAM)
    common = loading(named.values())
    print(f"{'library':22} {'objects':>8} {'million instructions':>21}")
    costs = {name: loading([path]) for name, path in named.items()}
    for name in sorted(costs, key=lambda name: -costs[name]):
        print(f"{name:22} {len(libraries(named[name])[1]):8} {costs[name]:21.1f}")
    print(f"{'all of the program':22} {len(linked):8} {common:21.1f}\n")
    print(f"{'module':22} {'objects':>8} {'million instructions':>21}  for")
    everything = dict(named)
    for path in sorted(glob.glob(f"{os.path.dirname(PROGRAM)}/../lib/reportbridge/*.so")):
        name = os.path.basename(path)[:-3]
        own, reached = libraries(path)
        everything.update(own)
        print(f"{name:22} {len(reached - linked):8} {loading({**named, **own}.values()) - common:21.1f}  {FOR[name]}")
    whole = loading(everything.values())
    print(f"{'program and modules':22} {'':8} {whole:21.1f}\n")
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/report.xml"
        with open(path, "w", encoding="ascii") as out:
            out.write(REPORT)
        good = True
        for words in ["help"], ["parse", path], ["--version"]:
            command = cost([PROGRAM, *words])
            most = OWN_MILLIONS[words[0]]
            own = command - cost([EMPTY]) - (whole if words[0] == "--version" else common)
            good = good and own <= most
            print(f"{words[0]:22} {command:.1f} million, of which {own:.1f} are its own, at most {most}")
            superfluous = opened(*words) - linked if words[0] != "--version" else ()
            for library in superfluous:
                print(f"{words[0]} loads {library}, which it does not call")
            good = good and not superfluous
    sys.exit(not good)


main()
