// SPDX-License-Identifier: MIT
// What a page must keep to, seen from inside the browser.  Gives a list of
// complaints.
(() => {
	const complaints = [];

	const channel = v => {
		v /= 255;
		return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	};
	const luminance = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
	const color = text => (text.match(/[\d.]+/g) || []).map(Number);
	const ground = element => {
		for (; element; element = element.parentElement) {
			const c = color(getComputedStyle(element).backgroundColor);
			if (c.length === 3 || c[3] === 1)
				return c;
		}
		return [255, 255, 255];
	};
	const contrast = (a, b) => {
		const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
		return (x + 0.05) / (y + 0.05);
	};
	const describe = e => `${e.tagName.toLowerCase()} "${e.textContent.trim().slice(0, 40)}"`;

	// WCAG 2 AA: 4.5:1, or 3:1 for large text.
	let texts = 0;
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || e.closest("svg") || !e.checkVisibility())
			continue;
		const style = getComputedStyle(e);
		const size = parseFloat(style.fontSize);
		const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
		const ratio = contrast(color(style.color), ground(e));
		texts++;
		if (ratio < (large ? 3 : 4.5))
			complaints.push(`contrast ${ratio.toFixed(2)}: ${describe(e)}`);
	}
	if (texts < 20)
		complaints.push(`only ${texts} texts were looked at`);
	// Parts of pictures: 3:1.
	for (const e of document.querySelectorAll("svg rect:not(.hit), svg .line")) {
		const style = getComputedStyle(e);
		const paint = e.matches(".line") ? style.stroke : style.fill;
		const ratio = contrast(color(paint), ground(e.closest("svg").parentElement));
		if (ratio < 3) {
			complaints.push(`contrast ${ratio.toFixed(2)} of a picture: ${e.getAttribute("class")}`);
			break;
		}
	}

	const root = document.documentElement;
	if (root.scrollWidth > root.clientWidth) {
		const wide = [...document.querySelectorAll("body *")].filter(
			e => !e.closest(".scroll *") && e.getBoundingClientRect().right > root.clientWidth + 1);
		complaints.push(`${root.scrollWidth} px wide in ${root.clientWidth}: ${wide.slice(0, 3).map(describe)}`);
	}

	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	if (new Set(ids).size !== ids.length)
		complaints.push("an id occurs twice");
	for (const e of document.querySelectorAll("[aria-labelledby]"))
		for (const id of e.getAttribute("aria-labelledby").split(" "))
			if (!document.getElementById(id))
				complaints.push(`no element ${id}`);
	for (const e of document.querySelectorAll('a[href^="#"]'))
		if (!document.querySelector(e.getAttribute("href")))
			complaints.push(`a link to nowhere: ${e.getAttribute("href")}`);
	for (const name of ["header", "nav", "main", "footer", "h1"])
		if (document.querySelectorAll(`body ${name}`).length !== 1)
			complaints.push(`not one ${name}`);
	for (const e of document.querySelectorAll("svg:not(.mark)"))
		if (!e.querySelector("title").textContent || !e.querySelector("desc").textContent ||
		    !e.closest("figure").querySelector("details table"))
			complaints.push("a plot without title, description or table");
	for (const e of document.querySelectorAll("table"))
		if (!e.querySelector("thead th[scope=col]") || !e.querySelector("tbody th[scope=row]"))
			complaints.push(`a table without heads: ${describe(e)}`);
	let level = 1;
	for (const e of document.querySelectorAll("h1,h2,h3,h4")) {
		if (+e.tagName[1] > level + 1)
			complaints.push(`a level of headings is left out before ${describe(e)}`);
		level = +e.tagName[1];
	}
	if (document.querySelector("script, iframe, object, embed, link, img, form, base, [style]"))
		complaints.push("an element that may not be there");
	for (const e of document.querySelectorAll("*"))
		for (const a of e.attributes)
			if (/^on/i.test(a.name) || (/^(href|src|action|xlink:href)$/i.test(a.name) && !a.value.startsWith("#") &&
				!(e.localName === "a" && /^https:\/\/[a-z]/.test(a.value) && e.rel === "noreferrer")))
				complaints.push(`attribute ${a.name}="${a.value.slice(0, 40)}"`);
	return complaints;
})()
