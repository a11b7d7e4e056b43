#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The images built and the demo run in containers, with faults: test_images.py PROGRAM

PROGRAM counts the documents of the sample mail.

Needs a container engine with Compose v2: that of DOCKER_HOST or of the machine, else
tests/images/engine makes one.  Images that no registry gives are made, too.
"""
import base64
import functools
import gzip
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(f"{HERE}/../..")
ENGINE = f"{HERE}/engine"
SEARCH_IMAGES = ("docker.elastic.co/elasticsearch/elasticsearch:8.19.0", "opensearchproject/opensearch:2.19.1")
PORTS = {name: subprocess.run([f"{ROOT}/tests/servers/free-port"], stdout=subprocess.PIPE, text=True).stdout.strip()
         for name in ("SEARCH_PORT", "DASHBOARDS_PORT")}
PROGRAM = os.path.abspath(sys.argv[1])
DOCUMENTS_PER_MAIL = 2  # one record, and the feed document
EPOCH = "1700000000"
UNAVAILABLE = 77

environment = {**os.environ, **PORTS}
start = time.monotonic()
results = []


def say(text):
    print(f"{time.monotonic() - start:6.0f} s  {text}", flush=True)


def check(good, text):
    results.append(bool(good))
    say(("ok      " if good else "FAILED  ") + text)


def run(*command, text=None, allowed=(0,)):
    done = subprocess.run(command, cwd=environment.get("TREE"), env=environment, input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
    if allowed and done.returncode not in allowed:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-3000:]}")
    return done


def out(*command, **options):
    return run(*command, **options).stdout.strip()


def compose(*arguments, **options):
    return run("docker", "compose", "-f", environment["STACK"], *arguments, **options)


def wait_for(what, seconds, condition):
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if condition():
            check(True, f"{what}, after {time.monotonic() - begin:.0f} s")
            return
        time.sleep(1)
    check(False, f"{what}, not within {seconds} s")


# --- engine and images --------------------------------------------------------

def find_engine():
    """Returns the directory of an engine of our own, or None."""
    if shutil.which("docker") and run("docker", "info", allowed=None).returncode == 0:
        return None
    own = tempfile.mkdtemp(prefix="reportbridge-engine-")
    started = run(ENGINE, "start", own, allowed=(0, UNAVAILABLE))
    if started.returncode == UNAVAILABLE:
        print(f"no container engine here, and none can be made: {started.stdout}")
        sys.exit(UNAVAILABLE)
    environment.update(line.split("=", 1) for line in out(ENGINE, "env", own).splitlines())
    return own


def find_images():
    for image, made_by in (("debian:12-slim", "base"), *((image, "standins") for image in SEARCH_IMAGES)):
        if run("docker", "image", "inspect", image, allowed=None).returncode == 0:
            say(f"{image}: there")
        elif run("docker", "pull", "--quiet", image, allowed=None).returncode == 0:
            say(f"{image}: from its registry")
        else:
            run(ENGINE, made_by)
            say(f"{image}: from no registry; made here")


def copy_tree(directory):
    """The repository's files, so that some can be changed."""
    run("git", "-C", ROOT, "checkout-index", "--all", f"--prefix={directory}/")


def build(*options):
    return out("docker", "build", "--progress", "plain", "-f", "docker/Dockerfile", "--target", "bridge",
               "--build-arg", f"SOURCE_DATE_EPOCH={EPOCH}", "-t", "reportbridge:check", *options, ".")


def image_id():
    return out("docker", "image", "inspect", "-f", "{{.Id}}", "reportbridge:check")


def files_of_image():
    container = out("docker", "create", "reportbridge:check")
    listing = out("/bin/sh", "-c", f"docker export {container} | tar tv")
    run("docker", "rm", "--volumes", container)
    return [line.split(None, 5) for line in listing.splitlines()]


def check_image():
    build()
    first = image_id()
    size = int(out("docker", "image", "inspect", "-f", "{{.Size}}", "reportbridge:check"))
    check(size < 90e6, f"size {size / 1e6:.1f} MB")
    files = files_of_image()
    check(not [f for f in files if re.match(r"-..[sS]|-.....[sS]", f[0])], "no file is set-uid or set-gid")
    unwanted = [f[5] for f in files if re.search(r"(^|/)(sh|bash|perl[^/]*|gpg[^/]*|dpkg|apt[^/]*)$", f[5].rstrip("/"))
                and "status.d" not in f[5] and "/doc/" not in f[5] and f[0][0] != "d"]
    check(not unwanted, f"no shell, perl, gpg or package manager {unwanted or ''}")
    check(not [f for f in files if "var/log" in f[5] or "apt/lists" in f[5]], "no logs, no package lists")
    with open(f"{environment['TREE']}/docker/README.md", "a") as file:
        file.write("\n")
    with open(f"{environment['TREE']}/tests/tests.mk", "a") as file:
        file.write("\n")
    log = build()
    step = re.search(r"#(\d+) \[build [^\n]*RUN make", log)
    check(step and f"#{step[1]} CACHED" in log, "a change in docker/ or tests/ compiles nothing")
    build("--no-cache")
    check(image_id() == first, f"built again without the cache: the same image, {image_id()[7:19]}")
    version = out("docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL",
                  "reportbridge:check", "--version")
    check(version.startswith("reportbridge "), version.splitlines()[0])
    summary = out("docker", "run", "--rm", "-i", "--network", "none", "--read-only", "--cap-drop", "ALL",
                  "reportbridge:check", "parse", "--format", "summary", "-", text=mail(1))
    check("example.com" in summary, "parse of a mail, without network, writing nothing")


# --- the demo -----------------------------------------------------------------

def mail(number):
    begin = int(time.time()) // 86400 * 86400 - 2 * 86400
    report = f"""<?xml version="1.0"?>
<feedback><report_metadata><org_name>faults.example</org_name><email>r@faults.example</email>
<report_id>fault-{number}</report_id><date_range><begin>{begin}</begin><end>{begin + 86399}</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.{number}</source_ip><count>1</count><policy_evaluated><disposition>none</disposition>
<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>
<auth_results><spf><domain>example.com</domain><result>pass</result></spf></auth_results></record></feedback>"""
    body = base64.encodebytes(gzip.compress(report.encode())).decode()
    return (f"From: r@faults.example\nTo: reports@example.com\nSubject: Report domain: example.com Report-ID: fault-{number}\n"
            f"Message-ID: <fault-{number}@faults.example>\nMIME-Version: 1.0\nContent-Type: application/gzip\n"
            f"Content-Transfer-Encoding: base64\n\n{body}")


delivered = []


def deliver(count):
    for _ in range(count):
        number = len(delivered) + 1
        compose("exec", "-T", "mail", "/bin/sh", "-c",
                f"cd /var/mail/demo/reports && cat >tmp/{number} && mv tmp/{number} new/", text=mail(number))
        delivered.append(number)


@functools.cache
def sample_documents():
    with tempfile.TemporaryDirectory() as maildir:
        run("python3", "tests/demo/sample_mail.py", maildir)
        documents = subprocess.run([PROGRAM, "parse", maildir], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return documents.count(b"\n")


def expected():
    return sample_documents() + DOCUMENTS_PER_MAIL * len(delivered)


def ask_search(method, path, body=None):
    trust = ssl.create_default_context(cadata=compose("exec", "-T", "search", "cat", "config/certs/ca.pem").stdout)
    trust.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    login = environment["ADMINISTRATOR"] + ":" + compose("exec", "-T", "search", "cat", "config/certs/password").stdout.strip()
    request = urllib.request.Request(f"https://localhost:{PORTS['SEARCH_PORT']}{path}", body and json.dumps(body).encode(), {
        "Authorization": "Basic " + base64.b64encode(login.encode()).decode(), "Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
        return json.load(answer)


def stored():
    try:
        ask_search("POST", "/reportbridge-*/_refresh")
        return ask_search("GET", "/reportbridge-*/_count")["count"]
    except (OSError, RuntimeError):
        return -1


def check_stored(what, seconds=120):
    wait_for(f"{what}: {expected()} documents", seconds, lambda: stored() == expected())


def health(service):
    container = compose("ps", "-q", service).stdout.strip()
    return out("docker", "inspect", "-f", "{{.State.Health.Status}}", container)


def readiness():
    return compose("exec", "-T", "bridge", "reportbridge", "status", "-c", "/etc/reportbridge/reportbridge.conf",
                   allowed=None).returncode


def containers():
    return sorted(compose("ps", "--all", "--quiet").stdout.split())


def what_is_there():
    return {kind: out("docker", *command) for kind, command in {
        "containers": ("ps", "--all", "--quiet"), "volumes": ("volume", "ls", "--quiet"),
        "networks": ("network", "ls", "--quiet")}.items()}


def check_start():
    compose("up", "--build", "--detach")
    wait_for("the bridge is healthy", 300, lambda: health("bridge") == "healthy")
    check_stored("from nothing", 300)
    wait_for("the dashboards are imported", 120, lambda: "/app/dashboards" in compose("logs", "dashboards").stdout)
    before = containers()
    compose("up", "--build", "--detach")
    again = containers()
    check(before == again, f"a second up recreates {len(set(again) - set(before))} of {len(again)} containers")
    page = compose("exec", "-T", "bridge", "reportbridge", "report", "-c", "/etc/reportbridge/reportbridge.conf").stdout
    check("Mail is being lost or delayed." in page, "the page, from the container")


def fault_killed():
    deliver(1)
    check_stored("before the faults")
    before = compose("ps", "-q", "search").stdout.strip()
    compose("exec", "-T", "search", "/bin/sh", "-c",
            "for p in /proc/[0-9]*; do grep -q java $p/comm && kill -9 ${p#/proc/}; done; true", allowed=None)
    deliver(5)
    check_stored("search killed with 5 mails on their way", 240)
    restarts = out("docker", "inspect", "-f", "{{.RestartCount}}", before)
    check(restarts == "1", f"search came back by itself, restarts: {restarts}")


def fault_paused():
    compose("pause", "search")
    deliver(5)
    # The request times out after 90 s, and what fails for a minute is not served.
    wait_for("search paused: the bridge is not ready", 300, lambda: readiness() != 0)
    wait_for("and its container unhealthy", 180, lambda: health("bridge") == "unhealthy")
    compose("unpause", "search")
    check_stored("search goes on", 240)
    wait_for("the bridge is ready", 120, lambda: readiness() == 0)
    wait_for("and its container healthy", 120, lambda: health("bridge") == "healthy")


def fault_disk_full():
    settings = "cluster.routing.allocation.disk.watermark."
    full = {settings + level: "90000gb" for level in ("low", "high", "flood_stage")}
    ask_search("PUT", "/_cluster/settings", {"persistent": {**full, "cluster.info.update.interval": "10s"}})
    wait_for("disk full: indices are read-only", 120, lambda: any(
        "read_only_allow_delete" in str(index["settings"].get("index", {}).get("blocks", {}))
        for index in ask_search("GET", "/reportbridge-*/_settings").values()))
    before = stored()
    deliver(5)
    time.sleep(20)
    check(stored() == before, "nothing is stored meanwhile, and the mails wait")
    ask_search("PUT", "/_cluster/settings", {"persistent": {name: None for name in full}})
    check_stored("disk has space again", 300)


def check_stop(before):
    for service in ("bridge", "mail"):
        begin = time.monotonic()
        compose("stop", service)
        check(time.monotonic() - begin < 8, f"{service} stops in {time.monotonic() - begin:.1f} s")
    compose("down", "--volumes")
    after = what_is_there()
    check(before == after, "down --volumes leaves nothing"
          if before == after else f"down --volumes leaves {after} where {before} was")


def demo(stack, administrator, *faults):
    say(stack)
    environment.update(STACK=stack, ADMINISTRATOR=administrator)
    delivered.clear()
    before = what_is_there()
    try:
        check_start()
        for fault in faults:
            fault()
        check_stop(before)
    except BaseException:
        print(compose("ps", "--all", allowed=None).stdout)
        print(compose("logs", "--tail", "40", allowed=None).stdout)
        raise
    finally:
        compose("down", "--volumes", allowed=None)


def main():
    own = find_engine()
    # An engine of our own sees its directory alone, and binds files of the tree.
    with tempfile.TemporaryDirectory(prefix="reportbridge-tree-", dir=own) as tree:
        try:
            copy_tree(tree)
            environment["TREE"] = tree
            find_images()
            check_image()
            demo("docker/compose.yml", "elastic", fault_killed, fault_paused, fault_disk_full)
            demo("docker/compose.opensearch.yml", "admin", fault_killed)
        finally:
            environment.pop("TREE", None)
            if own:
                run(ENGINE, "stop", own)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
