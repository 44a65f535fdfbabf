/** Manual pages in roff, made from the option table. man(7) */

import { commands } from "../help.ts";
import { type Category, type CommandName, commandNames, type Option, optionsOf } from "../options.ts";
import { exitCodes, files, plainExitCodes, prose, variables } from "./prose.ts";

type Rows = readonly (readonly [string, string])[];

/** The page `ns-COMMAND(1)`. The same words make the same bytes. */
export function commandPage(command: CommandName, version: string): string {
	const { usage, doc } = commands[command];
	const { text, examples, seeAlso, json = [], exit } = prose[command];
	const runs = command === "run" || command === "enter";
	const others = ["ns(1)", ...seeAlso];
	return [
		header(`ns-${command}`, version),
		named(`ns-${command}`, doc),
		section("SYNOPSIS"),
		`${escaped(usage)}\n`,
		section("DESCRIPTION"),
		...text.map((paragraph, i) => `${i === 0 ? "" : ".PP\n"}${escaped(paragraph)}\n`),
		...optionSections(optionsOf(command)),
		...(json.length > 0 ? [section("JSON"), ...json.map((paragraph) => `${escaped(paragraph)}\n`)] : []),
		section("EXIT STATUS"),
		rows(exit ?? (runs ? exitCodes : plainExitCodes)),
		section("EXAMPLES"),
		...examples.map(
			([shows, line], i) => `${i === 0 ? "" : ".PP\n"}${escaped(shows)}\n.PP\n.RS 4\n.nf\n${escaped(line)}\n.fi\n.RE\n`,
		),
		section("SEE ALSO"),
		references(others),
	].join("");
}

/** The page `ns(1)`. */
export function mainPage(version: string): string {
	return [
		header("ns", version),
		named("ns", "Linux namespaces: make, enter, list and keep them"),
		section("SYNOPSIS"),
		`${escaped("ns COMMAND [OPTIONS]")}\n.br\n${escaped("ns help [--man] [COMMAND]")}\n.br\n${escaped("ns --version [--json]")}\n`,
		section("DESCRIPTION"),
		"Runs commands in Linux namespaces, and shows and keeps namespaces.\nEach command has a page of its own.\n",
		section("COMMANDS"),
		rows(commandNames.map((name) => [`ns-${name}(1)`, commands[name].doc])),
		section("OPTIONS"),
		rows([
			["-h, --help", "Show help; also after a command"],
			["-V, --version", "Show the version; with --json, also what this program and this kernel can do"],
		]),
		section("EXIT STATUS"),
		rows(exitCodes),
		section("ENVIRONMENT"),
		rows(variables),
		section("FILES"),
		rows(files),
		section("SEE ALSO"),
		references([...commandNames.map((name) => `ns-${name}(1)`), "unshare(1)", "nsenter(1)", "namespaces(7)"]),
	].join("");
}

/** All pages by the names of their files. */
export function allPages(version: string): Readonly<Record<string, string>> {
	const pages: Record<string, string> = { "ns.1": mainPage(version) };
	for (const name of commandNames) pages[`ns-${name}.1`] = commandPage(name, version);
	return pages;
}

/** Without a date: the same sources make the same bytes. */
const header = (name: string, version: string): string =>
	`.TH ${name.toUpperCase().replaceAll("-", "\\-")} 1 "" "nskit ${version}" "User Commands"\n.nh\n.ad l\n`;

const named = (name: string, doc: string): string => `${section("NAME")}${escaped(name)} \\- ${escaped(doc)}\n`;

const section = (title: string): string => `.SH ${title}\n`;

const rows = (all: Rows): string => all.map(([head, text]) => `.TP\n.B ${escaped(head)}\n${escaped(text)}\n`).join("");

/** `ns(1), unshare(1)`, with the names bold. */
function references(pages: readonly string[]): string {
	return pages
		.map((page, i) => {
			const [, name = page, number = ""] = /^(.+)(\(\d\))$/.exec(page) ?? [];
			return `.BR ${escaped(name)} ${number}${i < pages.length - 1 ? " ," : ""}\n`.replace(" ,", ",");
		})
		.join("");
}

function optionSections(options: readonly Option[]): string[] {
	const groups = Map.groupBy(options, ({ category }) => category);
	const parts = [...groups].map(([category, some]) => `.SS ${titleOf(category)}\n${rows(some.map(optionRow))}`);
	return parts.length === 0 ? [] : [section("OPTIONS"), ...parts];
}

const titleOf = (category: Category): string => category.charAt(0).toUpperCase() + category.slice(1);

function optionRow({ name, short, value, optional, repeat, negatable, doc }: Option): readonly [string, string] {
	const shown = value === undefined ? "" : optional ? `[=${value}]` : ` ${value}`;
	const flags = [short ? `-${short}` : "", `--${name}${shown}`, negatable ? `--no-${name}` : ""].filter(Boolean);
	return [flags.join(", "), `${doc}.${repeat ? " May be given more than once." : ""}`];
}

/** Text that is no request: dashes stay dashes, and no line begins with a dot or a quote. */
function escaped(text: string): string {
	const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("^", "\\(ha");
	return plain
		.replaceAll("~", "\\(ti")
		.replaceAll("`", "\\(ga")
		.replace(/^(?=\.)/gm, "\\&");
}
