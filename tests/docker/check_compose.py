# SPDX-License-Identifier: MIT
"""What the compose files promise: check_compose.py DOCKER-DIRECTORY; prints complaints."""
import glob
import os
import re
import sys

import yaml

CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")


def waits_for(services, name, seen=()):
    for other in services[name].get("depends_on", {}):
        if other in seen:
            raise ValueError(f"{name} waits for itself")
        yield other
        yield from waits_for(services, other, (*seen, name))


def careless(services):
    builds = [service["image"] for service in services.values() if "build" in service]
    for image in set(builds):
        if builds.count(image) > 1:
            yield f"{image}: several services build it, so that up recreates their containers"
    for name, service in services.items():
        if "max-size" not in service.get("logging", {}).get("options", {}):
            yield f"{name}: a log without a limit"
        one_shot = name in ("secrets", "users", "dashboards")
        if (service.get("restart") == "unless-stopped") == one_shot:
            yield f"{name}: restart policy"
        if not service["image"].startswith("reportbridge"):
            continue
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
            yield f"{name}: may write its root file system or keeps capabilities"
        if service.get("user", "10001:10001") != "10001:10001" and name != "secrets":
            yield f"{name}: runs as another user"


def complaints(path, directory):
    with open(path, encoding="utf-8") as file:
        stack = yaml.safe_load(file)
    services, volumes = stack["services"], stack["volumes"]
    used = set()
    for name, service in services.items():
        image = service["image"]
        if ":" not in image or image.endswith(":latest"):
            yield f"{name}: an image without a version"
        for port in service.get("ports", []):
            if not re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+", str(port)):
                yield f"{name}: port {port} is open to others"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            used.add(source)
            if source.startswith("./"):
                if not os.path.exists(f"{directory}/{source}"):
                    yield f"{name}: no file {source}"
            elif source not in volumes:
                yield f"{name}: no volume {source}"
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] not in CONDITIONS or other not in services:
                yield f"{name}: waits for {other} in vain"
            elif how["condition"] == "service_healthy" and "healthcheck" not in services[other]:
                yield f"{name}: {other} never gets healthy"
        if len(set(waits_for(services, name))) > len(services):
            yield f"{name}: waits for too much"
        command = service.get("command", [])
        if command and not os.access(command[0].replace("/demo", directory), os.X_OK):
            yield f"{name}: no program {command[0]}"
        text = str(service)
        if re.search(r"(?i)password['\"]?: ['\"]?[^$'\"/ ]", re.sub(r"PASSWORD_FILE\S*", "", text)):
            yield f"{name}: a password"
    for volume in volumes:
        if volume not in used:
            yield f"volume {volume} is not used"
    yield from careless(services)
    if services["secrets"].get("network_mode") != "none":
        yield "secrets: has a network"


def main():
    directory = sys.argv[1]
    for path in sorted(glob.glob(f"{directory}/compose*.yml")):
        for complaint in complaints(path, directory):
            print(f"{os.path.basename(path)}: {complaint}")


main()
