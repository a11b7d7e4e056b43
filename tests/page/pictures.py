#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pictures of the page over sample mail, for the README: pictures.py PROGRAM DIRECTORY"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../demo"]
import browser  # noqa: E402
import sample_mail  # noqa: E402

PICTURES = (("page.png", 1280, 1180, False), ("page-dark.png", 1280, 1180, True),
            ("page-phone.png", 390, 844, False))


def make_page(program, directory):
    for number, mail in enumerate(sample_mail.mails()):
        with open(f"{directory}/{number:04}", "wb") as out:
            out.write(mail)
    page = subprocess.run([program, "parse", "--format", "html", directory],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    path = f"{directory}/page.html"
    with open(path, "wb") as out:
        out.write(page.stdout)
    return path


def main():
    program, target = sys.argv[1:]
    chromium = browser.find()
    if not chromium or not shutil.which("pngquant"):
        sys.exit("needs Chromium and pngquant: tests/servers/install-dependencies browser")
    os.makedirs(target, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        page = make_page(program, directory)
        view = browser.Browser(chromium)
        try:
            for name, width, height, dark in PICTURES:
                path = f"{target}/{name}"
                view.open(page, width, height, dark)
                view.picture(path)
                subprocess.run(["pngquant", "--force", "--strip", "--speed", "1", "--output", path,
                                "48", path], check=True)
                print(f"{path}: {os.path.getsize(path):,} bytes")
        finally:
            view.close()


if __name__ == "__main__":
    main()
