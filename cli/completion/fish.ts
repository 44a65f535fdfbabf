/** The completion of fish. */
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { type CommandName, commandNames, type Option, optionsOf } from "../options.ts";
import { type Candidates, flagsOf, operandsOf, takesWord, topWords, valuesOf } from "./model.ts";

/** The script, for `~/.config/fish/completions/ns.fish`. */
export function fishScript(): string {
	const taking = commandNames.map((name) => {
		const flags = flagsOf(name).filter(takesWord);
		return `\t\tcase ${name}\n\t\t\tset taking ${flags.map(({ flag }) => flag).join(" ")}\n`;
	});
	const tops = topWords.map(([name, doc]) => `complete -c ns -n __ns_top -x -a ${name} -d ${quoted(doc)}\n`);
	return `# Completions of ns for fish. Load them: ns completion fish | source

# Prints the command and how many words behind its options there are, and those words.
function __ns_state
	set -l words (commandline -opc)
	set -e words[1]
	set -q words[1]; or return
	set -l command $words[1]
	set -e words[1]
	set -l taking
	switch $command
${taking.join("")}	end
	set -l operands
	while set -q words[1]
		set -l word $words[1]
		set -e words[1]
		switch $word
			case --
				set -a operands $words
				set -p operands --
				break
			case '--*'
				contains -- $word $taking; and set -e words[1]
			case '-?*'
				contains -- -(string sub -s -1 -- $word) $taking; and set -e words[1]
			case '*'
				set -a operands $word
				if contains -- $command run plan; or begin; test $command = enter; and set -q operands[2]; end
					set -a operands $words
					break
				end
		end
	end
	printf '%s\\n' $command $operands
end

function __ns_top
	not set -q (commandline -opc)[2] 2>/dev/null; and test (count (commandline -opc)) -eq 1
end

# Whether this is an option's place in this command.
function __ns_in
	set -l state (__ns_state)
	set -q state[1]; and test $state[1] = $argv[1]; or return
	contains -- -- $state[2..]; and return 1
	contains -- $argv[1] run plan; and set -q state[2]; and return 1
	test $argv[1] = enter; and set -q state[3]; and return 1
	return 0
end

# Whether this is the place of the operand with this number, from 0 on; the second as + is any from there on.
function __ns_at
	set -l state (__ns_state)
	set -q state[1]; and test $state[1] = $argv[1]; or return
	set -l count (math (count $state) - 1)
	contains -- -- $state[2..]; and set count (math $count - 1)
	if test "$argv[3]" = +; test $count -ge $argv[2]; else; test $count -eq $argv[2]; end
end

# The completions of the command that is to be run inside; this many words before it are not its own.
function __ns_command
	set -l words (__ns_state)[2..]
	set -l kept
	for word in $words
		test "$word" = --; and not set -q kept[(math $argv[1] + 1)]; and continue
		set -a kept $word
	end
	test $argv[1] -gt 0; and set -e kept[1..$argv[1]]
	complete -C (string join ' ' -- (string escape -- $kept) (commandline -ct))
end

function __ns_names
	ns completion names 2>/dev/null
end

function __ns_targets
	__ns_names
	__fish_complete_pids
end

# A type with its colon, and behind that, or alone, what can be joined.
function __ns_joins
	set -l kind (commandline -ct | string replace -r '^--[^=]*=' '' | string match -r '^(?:${namespaceKinds.join("|")}):')
	if set -q kind[1]
		__ns_targets | string replace -r '^' $kind
	else
		printf '%s\\n' ${namespaceKinds.map((one) => `${one}:`).join(" ")}
		__ns_targets
	end
end

function __ns_list
	set -l before (string replace -rf '^(.*,)[^,]*$' '$1' -- (commandline -ct | string replace -r '^--[^=]*=' ''))
	for word in $argv
		echo $before$word
	end
end

complete -c ns -f
${tops.join("")}complete -c ns -n __ns_top -l help -s h -d 'Show help'
complete -c ns -n __ns_top -l version -s V -d 'Show the version'
complete -c ns -n '__ns_at help 0 +' -x -a '${commandNames.join(" ")}'
complete -c ns -n '__ns_in help' -l man -d 'Print the manual page'
${commandNames.flatMap(commandRows).join("")}`;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function commandRows(command: CommandName): string[] {
	const rows = optionsOf(command).flatMap((option) => optionRows(command, option));
	const { first, others } = operandsOf(command);
	first.forEach((one, i) => {
		rows.push(`complete -c ns -n '__ns_at ${command} ${i}'${found(one, 0)}\n`);
	});
	if (others.are !== "nothing")
		rows.push(`complete -c ns -n '__ns_at ${command} ${first.length} +'${found(others, first.length)}\n`);
	return rows;
}

function optionRows(command: CommandName, option: Option): string[] {
	const { name, short, value, optional, negatable, doc } = option;
	const start = `complete -c ns -n '__ns_in ${command}'`;
	const letter = short ? ` -s ${short}` : "";
	const values = value === undefined ? "" : found(valuesOf(option), 0);
	// One that can be left out stands behind = only.
	const rest = value === undefined ? "" : optional ? values.replace(/^ -[xr]/, "") : values || " -x";
	const rows = [`${start} -l ${name}${letter}${rest} -d ${quoted(doc)}\n`];
	if (negatable) rows.push(`${start} -l no-${name} -d ${quoted(`Not: ${doc}`)}\n`);
	return rows;
}

/** How fish finds candidates. */
function found(candidates: Candidates, skip: number): string {
	switch (candidates.are) {
		case "words": {
			const list = candidates.words.join(" ");
			return candidates.separator ? ` -x -a '(__ns_list ${list})'` : ` -x -a '${list}'`;
		}
		case "files":
			return " -r -F";
		case "directories":
			return ' -x -a \'(__fish_complete_directories (commandline -ct | string replace -r "^--[^=]*=" ""))\'';
		case "names":
			return " -x -a '(__ns_names)'";
		case "targets":
			return " -x -a '(__ns_targets)'";
		case "joins":
			return " -x -a '(__ns_joins)'";
		case "command":
			return ` -x -a '(__ns_command ${skip})'`;
		case "nothing":
			return "";
	}
}
