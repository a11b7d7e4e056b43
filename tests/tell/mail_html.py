# SPDX-License-Identifier: MIT
"""What Outlook (Word's renderer) and Gmail drop from the HTML of a mail, as a check.

Word (Outlook for Windows up to 2021): no position, float beside text, flex, grid, max-width,
background images, opacity, transform, box-shadow, object-fit, calc(), var(), rgb() with alpha,
rem; padding on div and p; margin on td and table; border-radius is ignored and may be.
Gmail: a style block over 8,192 characters, or with anything it does not know, is dropped
whole; no external style sheets, @import, @font-face, ids in selectors; scripts, forms, iframes,
object, embed, svg, video, audio, link and base are removed; data: URLs of images are not
shown; the message is cut after 102,400 bytes.
"""
import html.parser
import re

ELEMENTS = set("html head meta title style body table tr td p h1 h2 a br img b time".split())
ATTRIBUTES = set("""lang charset name content http-equiv class bgcolor style role width height align valign
                 cellpadding cellspacing border colspan href src alt datetime""".split())
STYLES = set("""background-color border border-top border-color border-radius color display font-family font-size
             font-weight line-height margin max-width overflow-wrap padding text-decoration word-break""".split())
STYLE_BLOCK_MOST = 8192
GMAIL_MOST = 102400
VOID = {"meta", "br", "img"}
# Ground and colour of text in reach of an element that has none of its own.
UNITS = re.compile(r"^-?[\d.]+(px|%)?$|^0$")


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong = []
        self.open = []
        self.text = []
        self.comments = []
        self.style_block = ""
        self.links = []
        self.images = []

    def handle_starttag(self, tag, attributes):
        if tag not in ELEMENTS:
            self.wrong.append(f"<{tag}> is dropped")
        for name, value in attributes:
            if name not in ATTRIBUTES or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}> is dropped")
            if name == "style":
                self.check_style(tag, value)
        values = dict(attributes)
        if tag == "table" and values.get("role") != "presentation":
            self.wrong.append("a table for layout without role")
        if tag in ("td", "body", "table") and "background-color" in values.get("style", "") and "bgcolor" not in values:
            self.wrong.append(f"<{tag}>: a ground without bgcolor")
        if tag == "img" and not {"width", "height", "alt"} <= set(values):
            self.wrong.append("<img> without width, height and alt")
        self.links += [values["href"]] if tag == "a" else []
        self.images += [values["src"]] if tag == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def check_style(self, tag, style):
        for rule in filter(None, style.split(";")):
            name, _, value = rule.partition(":")
            if name not in STYLES:
                self.wrong.append(f"<{tag}>: {name} is dropped")
            if re.search(r"url\(|var\(|calc\(|rgba|rem\b|vw\b|vh\b|expression", value):
                self.wrong.append(f"<{tag}>: {rule} is dropped")
            if name == "margin" and tag in ("td", "table"):
                self.wrong.append(f"<{tag}>: margin is dropped by Word")
            if name == "padding" and tag in ("p", "div", "h1", "h2", "a"):
                self.wrong.append(f"<{tag}>: padding is dropped by Word")
            if name in ("padding", "margin") and not all(UNITS.match(v) for v in value.split()):
                self.wrong.append(f"<{tag}>: {rule} has a unit that Word does not know")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes another element")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style_block += data
        else:
            self.text.append(data)

    def handle_comment(self, data):
        self.comments.append(data)


def check(text):
    """All that is wrong with it; and what was read."""
    checker = Checker()
    checker.feed(text)
    checker.close()
    wrong = checker.wrong + [f"<{tag}> is not closed" for tag in checker.open]
    if len(text.encode()) > GMAIL_MOST:
        wrong.append("Gmail cuts it off")
    if len(checker.style_block) > STYLE_BLOCK_MOST:
        wrong.append("Gmail drops the style block")
    if not re.fullmatch(r"\s*@media \(prefers-color-scheme: dark\) \{(\s*\.[a-z-]+ \{( [a-z-]+: #[0-9a-f]{6} !important;)+ \})*\s*\}\s*",
                        checker.style_block):
        wrong.append("the style block has more than the dark colours")
    if any(not re.fullmatch(r"\[if mso\]>.*<!\[endif\]", c) for c in checker.comments):
        wrong.append("a comment that is not for Word")
    if any(not link.startswith("https://") for link in checker.links):
        wrong.append(f"links: {checker.links}")
    if any(not image.startswith("cid:") for image in checker.images):
        wrong.append(f"images that are not in the mail: {checker.images}")
    return wrong, checker
