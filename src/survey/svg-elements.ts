/** Pieces of an SVG picture, as text that any reader of XML takes, whatever the words in it are. */
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import { printable } from "../plan/text.ts";
import { cutTo } from "./text-width.ts";

/** Pixels that a character of the small fixed-width writing takes at most. */
const characterWidth = 7.3;

const entities: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

/** Text for between and inside of tags. What XML has no character for, or could turn writing around, is spelled out. */
export function escaped(text: string): string {
	const lines = text.split("\n").map(printable).join("\n");
	return lines.replace(/[&<>"']/g, (one) => entities[one] ?? "").replace(/[\ufffe\uffff]/g, "\ufffd");
}

/** A line of text at this place, cut to this room. */
export function textAt(x: number, y: number, room: number, text: string, kind = ""): string {
	const shown = cutTo(printable(text), Math.floor(room / characterWidth), "…");
	return `<text${kind && ` class="${kind}"`} x="${x}" y="${y}">${escaped(shown)}</text>`;
}

/** What belongs together, with what a pointer over it shows. */
export const group = (kind: string, tip: string, ...parts: readonly string[]): string =>
	`<g class="${kind}"><title>${escaped(tip)}</title>${parts.join("")}</g>\n`;

/** A box with round corners. */
export const box = (x: number, y: number, width: number, height: number): string =>
	`<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`;

/** The colour of a kind, at the left of its box. */
export const stripe = (x: number, y: number, height: number): string =>
	`<rect class="stripe" x="${x}" y="${y}" width="5" height="${height}" rx="2"/>`;

/** A line down and then to the right. */
export const elbow = (x: number, from: number, to: number, until: number): string =>
	`<path d="M${x} ${from}V${to}H${until}"/>\n`;

/** Colours by what they are for. */
type Palette = Readonly<Record<"back" | "box" | "edge" | "text" | "faint" | NamespaceKind, string>>;

// biome-ignore format: a table
const light: Palette = {
	back: "#ffffff", box: "#f4f5f7", edge: "#c3c8d0", text: "#16191d", faint: "#59616c",
	user: "#b26a00", mount: "#1f5fd0", pid: "#8a2fb5", net: "#1b7f3b", ipc: "#0b7d89", uts: "#c0292b", cgroup: "#4a5aa8", time: "#b0207c",
};
// biome-ignore format: a table
const dark: Palette = {
	back: "#14171b", box: "#1f242b", edge: "#454d58", text: "#e8ebef", faint: "#a2abb7",
	user: "#f0a93a", mount: "#6ea4ff", pid: "#cf86f3", net: "#58c97b", ipc: "#4cc4d1", uts: "#ff7d7b", cgroup: "#9aabff", time: "#f679c0",
};

/** Without CSS variables, which many viewers of pictures do not know. */
const rules = (colours: Palette): string => `text { fill: ${colours.text} }
.faint { fill: ${colours.faint} }
rect { fill: ${colours.box}; stroke: ${colours.edge} }
path { stroke: ${colours.edge} }
.own > rect { stroke: ${colours.text} }
rect.back { fill: ${colours.back} }
${namespaceKinds.map((kind) => `.${kind} > .stripe { fill: ${colours[kind]} }\n`).join("")}`;

/** How everything looks, on a light and on a dark background. */
export const style = `<style>
text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }
.heading { font-size: 16px; font-weight: bold }
.strong { font-weight: bold }
path { fill: none }
${rules(light)}@media (prefers-color-scheme: dark) {
${rules(dark)}}
.own > rect { stroke-width: 2 }
.fold > rect, .unseen > rect, .group > rect { stroke-dasharray: 4 3 }
rect.back, rect.stripe { stroke: none }
</style>
`;
