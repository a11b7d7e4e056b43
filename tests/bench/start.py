#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What starting the program costs: loading its libraries, each of them, and its own work.

start.py PROGRAM

Instructions, counted by valgrind, which are the same under any load.  A library is loaded into
/bin/true by LD_PRELOAD, with all that it depends on; what several libraries depend on counts
for each, so their sum is more than the whole.
"""
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
# Of its own, at most: a tenth of what loading takes, and 2 ms where loading takes 17.
OWN_MILLIONS = 5
REPORT = """<feedback><report_metadata><org_name>a</org_name><report_id>1</report_id><date_range>
<begin>1793491200</begin><end>1793577599</end></date_range></report_metadata><policy_published>
<domain>example.com</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>
<count>1</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>
</policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers></record></feedback>
"""
EMPTY = "/bin/true"
# The commands that call the library; no word here: most do.
ONLY = {"unbound": "domain, run with [schedule] domain", "microhttpd": "run with listen",
        "rdkafka": "run with an output of type kafka", "etpan": "run, check", "gsasl": "run, check",
        "maxminddb": "run, enrich", "opendkim": "run with verify_dkim", "seccomp": "run",
        "cares": "run, check, enrich", "curl": "all but parse, help and --version"}


def cost(command, **environment):
    """Millions of instructions."""
    done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                           *command], env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{command}: exit status {done.returncode}: {done.stderr}")
    return int(re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)[1].replace(",", "")) / 1e6


def libraries():
    """{name: path} of those that the program itself names, and how many objects it loads in all."""
    dynamic = subprocess.run(["readelf", "-d", PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout
    loaded = subprocess.run(["ldd", PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout
    paths = dict(re.findall(r"(\S+) => (/\S+)", loaded))
    return {name: paths[name] for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)}, len(paths)


def objects(path):
    out = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return out.count("=>") + 1


def main():
    named, count = libraries()
    nothing = cost([EMPTY])
    costs = {name: cost([EMPTY], LD_PRELOAD=path) - nothing for name, path in named.items()}
    print(f"{'library':22} {'objects':>8} {'million instructions':>21}  only for")
    for name in sorted(costs, key=lambda name: -costs[name]):
        only = next((text for word, text in ONLY.items() if f"lib{word}." in name), "")
        print(f"{name:22} {objects(named[name]):8} {costs[name]:21.1f}  {only}")
    common = [path for name, path in named.items() if not any(f"lib{word}." in name for word in ONLY)]
    loading = cost([EMPTY], LD_PRELOAD=" ".join(named.values())) - nothing
    print(f"{'those that most call':22} {'':8} {cost([EMPTY], LD_PRELOAD=' '.join(common)) - nothing:21.1f}")
    print(f"{'all':22} {count:8} {loading:21.1f}\n")
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/report.xml"
        with open(path, "w", encoding="ascii") as out:
            out.write(REPORT)
        good = True
        for words in ["help"], ["--version"], ["parse", path]:
            whole = cost([PROGRAM, *words])
            own = whole - loading - nothing
            good = good and own <= OWN_MILLIONS
            print(f"{words[0]:22} {whole:.1f} million, of which {own:.1f} are its own, at most {OWN_MILLIONS}")
    sys.exit(not good)


main()
