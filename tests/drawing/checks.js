// SPDX-License-Identifier: MIT
// A drawn dashboard, seen from inside the browser: what is still being drawn, the
// numbers of the tiles, and on a close look what went wrong and which text is cut.
closely => {
	const panels = [...document.querySelectorAll("[data-test-subj='embeddablePanel']")];
	const shared = document.querySelector("[data-shared-items-count]");
	const expected = shared ? Number(shared.dataset.sharedItemsCount) : -1;
	// In the classic set, what has no data says so in the place of an error, and is never complete.
	const nothing = [...document.querySelectorAll(".visError")].filter(e => /^No (results|data)/.test(e.textContent.trim()));
	const drawn = document.querySelectorAll("[data-render-complete='true']").length +
		nothing.filter(e => !e.closest("[data-render-complete='true']")).length;
	const text = e => e ? e.textContent.replace(/\s+/g, " ").trim() : "";
	const title = panel =>
		text(panel.querySelector(".echMetricText__title")) ||
		text(panel.querySelector(".embPanel__titleText, .embPanel__titleInner, .embPanel__title"))
			.replace(/^Dashboard panel: (.+)\1$/, "$1") || text(panel).slice(0, 40);
	const complaints = [];

	const bad = ["[data-test-subj*='embeddable-lens-failure']", "[data-test-subj='embeddableError']", ".embPanel__error",
		"[data-test-subj='lens-message-list-trigger']", "[data-test-subj='control-frame-error']", ".visError",
		"[data-test-subj='embeddableStackError']", "[data-test-subj='visualizationError']", ".euiToast--danger",
		"[data-test-subj='errorMessageMarkdown']", ".controlFrameError", ".euiCallOut--danger"];
	for (const e of closely ? document.querySelectorAll(bad.join()) : [])
		if (e.checkVisibility() && !nothing.includes(e))
			complaints.push(`error: ${e.textContent.trim().slice(0, 120) || e.className}`);

	// Text is cut where a box that hides its overflow ends before it.
	const hides = style => [style.overflowX, style.overflowY].some(v => v === "hidden" || v === "clip");
	const scrolls = style => [style.overflowX, style.overflowY].some(v => v === "auto" || v === "scroll");
	const range = document.createRange();
	for (const panel of closely ? panels : []) {
		const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
		const seen = new Set();
		while (walker.nextNode()) {
			const node = walker.currentNode, parent = node.parentElement;
			if (!node.data.trim() || !parent.checkVisibility() || parent.closest("style, script, .euiScreenReaderOnly"))
				continue;
			range.selectNodeContents(node);
			const text = range.getBoundingClientRect();
			if (text.width < 2 || text.height < 2)
				continue;
			for (let box = parent; box && box !== panel.parentElement; box = box.parentElement) {
				const style = getComputedStyle(box);
				if (scrolls(style))
					break; // can be brought into view
				if (!hides(style) || seen.has(box))
					continue;
				const r = box.getBoundingClientRect();
				if (r.width <= 2 || r.height <= 2)
					break; // for screen readers
				const dots = style.textOverflow === "ellipsis" && box.scrollWidth > box.clientWidth;
				if (dots || text.right > r.right + 2 || text.left < r.left - 2 || text.bottom > r.bottom + 4) {
					seen.add(box);
					complaints.push(`cut in "${title(panel)}": ${node.data.trim().slice(0, 60)}`);
				}
				break;
			}
		}
		// Columns beside the panel.
		for (const box of panel.querySelectorAll("*")) {
			const style = getComputedStyle(box);
			if (scrolls(style) && box.scrollWidth > box.clientWidth + 4 && box.clientWidth > 20 && box.checkVisibility()) {
				complaints.push(`"${title(panel)}" is ${box.scrollWidth} px wide in ${box.clientWidth}`);
				break;
			}
		}
	}
	// A text panel hides what is below its edge until it is scrolled.
	for (const body of closely ? document.querySelectorAll("[data-test-subj='markdownBody']") : []) {
		const panel = body.closest("[data-test-subj='embeddablePanel']"), last = body.lastElementChild || body;
		if (panel && last.getBoundingClientRect().bottom > panel.getBoundingClientRect().bottom)
			complaints.push(`cut in "${title(panel)}": ${text(last).slice(0, 60)}`);
	}
	const numbers = {};
	for (const panel of panels) {
		const value = panel.querySelector(".echMetricText__value, .mtrVis__value, .tvbVisMetric__value--primary");
		if (value)
			numbers[title(panel)] = value.textContent.trim();
	}
	const busy = [...document.querySelectorAll(
		".euiLoadingChart, .euiLoadingSpinner, [data-test-subj='globalLoadingIndicator'], .euiLoadingContent, .visLoading")]
		.filter(e => e.checkVisibility() && !e.closest("[class*='LoadingIndicator-hidden']")).length;
	const grid = document.querySelector(".react-grid-layout");
	return {
		ready: expected >= 0 && drawn >= expected && busy === 0 && panels.length > 0, expected, drawn, busy,
		panels: panels.length, complaints: [...new Set(complaints)], numbers,
		height: grid ? Math.ceil(grid.getBoundingClientRect().bottom + document.documentElement.scrollTop) : 0,
	};
}
