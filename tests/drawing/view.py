# SPDX-License-Identifier: MIT
"""Opens dashboards in a headless Chromium and says what is wrong with them."""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../page"]
import browser  # noqa: E402

with open(f"{HERE}/checks.js", encoding="utf-8") as checks:
    CHECKS = checks.read()
WAIT_S = 120
# The browser gives up its requests when an interface of this machine comes or goes.
INTERRUPTED, TRIES = "ERR_NETWORK_CHANGED", 3
SCREEN = 1000
# Of the products themselves, whatever is shown.
NOT_OURS = ("/internal/security/user_profile", "/api/licensing/info", "/internal/security/analytics", "/api/telemetry", "/translations/", "favicon",
            "/api/core/capabilities", "favorites", "/internal/uptime/",
            "HttpFetchError:",  # after a request that is complained of itself, with its address
            'outside of NODE_ENV === "production"')


class View:
    def __init__(self, authorization, opensearch_tenant=None):
        program = browser.find()
        if not program:
            raise SystemExit("needs Chromium: tests/servers/install-dependencies browser")
        self.browser = browser.Browser(program)
        headers = {"Authorization": authorization}
        if opensearch_tenant:
            headers["securitytenant"] = opensearch_tenant
        self.headers = headers

    def close(self):
        self.browser.close()

    def look(self, closely=False):
        return self.browser.run(f"({CHECKS})({'true' if closely else 'false'})")

    def wait(self):
        """Until nothing has changed for a second; the last look."""
        end, still, last = time.monotonic() + WAIT_S, 0, None
        while time.monotonic() < end:
            time.sleep(0.4)
            try:
                seen = self.look()
            except RuntimeError:  # between two pages
                continue
            still = still + 1 if seen["ready"] and seen == last else 0
            last = seen
            if still >= 3:
                break
        return last

    def troubles(self):
        urls = {}
        for event in self.browser.events:
            found, method = event.get("params", {}), event.get("method")
            if method == "Network.requestWillBeSent":
                urls[found["requestId"]] = f"{found['request']['method']} {found['request']['url']}"
            elif method == "Network.responseReceived" and found["response"]["status"] >= 400:
                yield f"{found['response']['status']} {urls.get(found['requestId'], found['response']['url'])}"
            elif method == "Network.loadingFailed" and not found.get("canceled") and "ERR_ABORTED" not in found["errorText"]:
                yield f"{found['errorText']} {urls.get(found['requestId'], '')}"
            elif method == "Runtime.exceptionThrown":
                yield f"exception: {found['exceptionDetails'].get('exception', {}).get('description', '')[:200]}"
            elif method == "Runtime.consoleAPICalled" and found["type"] == "error":
                yield "console: " + " ".join(str(a.get("value", a.get("description")))[:200] for a in found["args"])

    def resize(self, width, height):
        self.browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url, width):
        page = self.browser
        page.new_page()
        page.call("Network.setExtraHTTPHeaders", headers=self.headers)
        # A hint of Kibana about slow searches, which hides what is below it.
        page.call("Page.addScriptToEvaluateOnNewDocument", source="localStorage['data.searchSession.tour.takingTooLong'] = true")
        self.resize(width, SCREEN)
        page.call("Page.navigate", url=url)
        return self.wait()

    def draw(self, url, widths, picture):
        """Yields (width, complaints, numbers of the tiles, height in pixels) of one page, as wide as each of WIDTHS."""
        page = self.browser
        for _ in range(TRIES):
            seen = self.open(url, widths[0])
            if not any(INTERRUPTED in trouble for trouble in self.troubles()):
                break
        for width in widths if seen else ():
            height = max(SCREEN, seen["height"] + 16)
            self.resize(width, height)
            self.wait()
            page.picture(picture(width))
            seen = self.look(closely=True)
            complaints = [f"not ready after {WAIT_S} s: {seen['drawn']} of {seen['expected']} panels"] * (not seen["ready"])
            complaints += seen["complaints"]
            complaints += sorted({t for t in self.troubles() if not any(word in t for word in NOT_OURS)})
            page.events.clear()
            yield width, complaints, seen["numbers"], height
        if not seen:
            yield widths[0], ["nothing is drawn"], {}, 0
