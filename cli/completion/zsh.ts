/** The completion of zsh. */
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { type CommandName, commandNames, type Option, optionsOf } from "../options.ts";
import { type Candidates, operandsOf, topWords, valuesOf } from "./model.ts";

/** The script, for a file `_ns` in a directory of `$fpath`, or to be sourced behind `compinit`. */
export function zshScript(): string {
	const cases = commandNames.map(
		(name) => `\t\t${name})\n\t\t\t_arguments ${specs(name).join(" \\\n\t\t\t\t")}\n\t\t\t;;\n`,
	);
	const top = topWords.map(([name, doc]) => `\t\t${quoted(`${name}:${doc}`)}\n`);
	return `#compdef ns
# Completions of ns for zsh. Load them: source <(ns completion zsh)

_ns_names() {
	local -a names
	names=(\${(f)"$(_call_program names ns completion names 2>/dev/null)"})
	(( $#names )) && compadd -a names
}

_ns_targets() {
	_ns_names
	local -a pids
	pids=(/proc/[0-9]*(N:t))
	compadd -a pids
	[[ $PREFIX == */* ]] && _files
}

_ns_joins() {
	if compset -P '(${namespaceKinds.join("|")}):'; then _ns_targets; return; fi
	compadd -S '' -- ${namespaceKinds.map((kind) => `${kind}:`).join(" ")}
	_ns_targets
}

# The command that is to be run inside, behind so many words.
_ns_command() {
	shift $1 words
	(( CURRENT -= $1 ))
	if [[ $words[1] == -- ]]; then
		shift words
		(( CURRENT-- ))
	fi
	_normal
}

_ns() {
	local curcontext=$curcontext
	local -a known
	known=(
${top.join("")}	)
	if (( CURRENT == 2 )); then
		if [[ $PREFIX == -* ]]; then compadd -- --help --version; else _describe command known; fi
		return
	fi
	local chosen=$words[2]
	shift words
	(( CURRENT-- ))
	case $chosen in
		help) compadd -- ${commandNames.join(" ")} --man ;;
${cases.join("")}	esac
}

if [[ $funcstack[1] == _ns ]]; then _ns "$@"; else compdef _ns ns; fi
`;
}

/** A word of the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Text within brackets and colons of _arguments. */
const plain = (text: string): string => text.replace(/[\\[\]:]/g, "\\$&");

function specs(command: CommandName): string[] {
	const { first, others } = operandsOf(command);
	const ends = first.map((one, i) => `${i + 1}:${one.are}:${action(one)}`);
	if (others.are === "command") ends.push(...commandSpecs(first.length));
	else if (others.are !== "nothing") ends.push(`*:${others.are}:${action(others)}`);
	const flags = others.are === "command" ? ["-s", "-S", "-A", "'-*'"] : ["-s", "-S"];
	return [...flags, ":", ...optionsOf(command).flatMap(optionSpecs), ...ends.map(quoted)];
}

/** The command that is to be run inside, behind so many words, and its own words. */
function commandSpecs(behind: number): string[] {
	const inner = behind === 0 ? "_normal" : `{_ns_command ${behind}}`;
	return [`(-)${behind + 1}:command:_command_names -e`, `*::words:${inner}`];
}

function optionSpecs(option: Option): string[] {
	const { name, short, value, optional, repeat, negatable, doc } = option;
	const many = repeat ? "*" : "";
	const said = `[${plain(doc)}]`;
	const said_value = value === undefined ? "" : `${optional ? "::" : ":"}${plain(value)}:${action(valuesOf(option))}`;
	const long = value === undefined ? "" : optional ? "=-" : "=";
	const specs = [`${many}--${name}${long}${said}${said_value}`];
	if (negatable) specs.push(`--no-${name}[not\\: ${plain(doc)}]`);
	if (short)
		specs.push(`${many}-${short}${value !== undefined && !optional ? "+" : ""}${said}${optional ? "" : said_value}`);
	return specs.map(quoted);
}

/** How zsh finds candidates. */
function action(candidates: Candidates): string {
	switch (candidates.are) {
		case "words": {
			const list = candidates.words.map((word) => word.replaceAll(":", "\\:")).join(" ");
			if (candidates.separator)
				return `_values -s ${candidates.separator} value ${candidates.words.join(" ").replaceAll("=", "\\=")}`;
			return `(${list})`;
		}
		case "files":
			return "_files";
		case "directories":
			return "_files -/";
		case "names":
			return "_ns_names";
		case "targets":
			return "_ns_targets";
		case "joins":
			return "_ns_joins";
		case "command":
			return "_normal";
		case "nothing":
			return " ";
	}
}
