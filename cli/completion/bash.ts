/** The completion of bash. It needs nothing but bash 4.4; with the package bash-completion, commands behind `--` complete too. */
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { type CommandName, commandNames } from "../options.ts";
import { type Candidates, flagsOf, operandsOf, takesWord, topWords, valuesOf } from "./model.ts";

/** The script. */
export function bashScript(): string {
	const options = commandNames.map(
		(name) =>
			`\t\t${name}) _ns_is="${flagsOf(name)
				.map(({ flag }) => flag)
				.join(" ")}" ;;\n`,
	);
	const values = commandNames.flatMap(valueRows);
	const places = commandNames.flatMap(operandRows);
	return `# Completions of ns for bash. Load them: source <(ns completion bash)

# The options of a command.
_ns_options() {
	case $1 in
${options.join("")}		*) _ns_is="" ;;
	esac
}

# What the value of an option is; nothing where it takes none as a word of its own.
_ns_value() {
	case $1 in
${values.join("")}		*) _ns_is="" ;;
	esac
}

# What the word in this place behind the options is.
_ns_operand() {
	case $1 in
${places.join("")}		*) _ns_is="nothing" ;;
	esac
}

# The words as they were typed: bash breaks them at = and :.
_ns_words() {
	local rest=$COMP_LINE word i
	_ns_typed=() _ns_at=() _ns_current=0
	for ((i = 0; i < \${#COMP_WORDS[@]}; i++)); do
		word=\${COMP_WORDS[i]}
		if ((i == 0)) || [[ $rest == [[:space:]]* || ( -z $rest && -z $word && \${COMP_WORDS[i - 1]} != [=:]* ) ]]; then
			_ns_typed+=("$word") _ns_at+=("$i")
		else
			_ns_typed[-1]+=$word
		fi
		rest=\${rest#"\${rest%%[![:space:]]*}"}
		rest=\${rest#"$word"}
		((i == COMP_CWORD)) && _ns_current=$((\${#_ns_typed[@]} - 1))
	done
}

_ns_names() { ns completion names 2>/dev/null; }
_ns_pids() { local one; for one in /proc/[0-9]*; do printf '%s\\n' "\${one##*/}"; done; }

# Candidates of a kind for this beginning.
_ns_fill() {
	local kind=$1 cur=$2 before="" IFS=$'\\n'
	case $kind in
		files) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
		directories) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")) ;;
		names) COMPREPLY=($(compgen -W "$(_ns_names)" -- "$cur")) ;;
		targets)
			if [[ $cur == */* ]]; then compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))
			else COMPREPLY=($(compgen -W "$(_ns_names; _ns_pids)" -- "$cur")); fi ;;
		joins)
			[[ $cur =~ ^(${namespaceKinds.join("|")}): ]] && before=\${BASH_REMATCH[0]}
			COMPREPLY=($(compgen -P "$before" -W "$(_ns_names; _ns_pids)" -- "\${cur#"$before"}"))
			[[ -n $before ]] && return
			COMPREPLY+=($(IFS=" "; compgen -S : -W "${namespaceKinds.join(" ")}" -- "$cur"))
			[[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *: ]] && compopt -o nospace ;;
		list:*)
			[[ $cur == *,* ]] && before=\${cur%,*},
			IFS=" "
			COMPREPLY=($(compgen -P "$before" -W "\${kind#list:}" -- "\${cur#"$before"}"))
			compopt -o nospace ;;
		words:*)
			IFS=" "
			COMPREPLY=($(compgen -W "\${kind#words:}" -- "$cur"))
			[[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace ;;
	esac
}

# The command that is to be run inside, from this word on.
_ns_command() {
	local offset=\${_ns_at[$1]} cur=\${_ns_typed[_ns_current]}
	if declare -F _command_offset >/dev/null; then _command_offset "$offset"
	elif (($1 == _ns_current)) && [[ $cur != */* ]]; then COMPREPLY=($(compgen -c -- "$cur"))
	else compopt -o filenames; local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); fi
}

_ns() {
	local _ns_typed _ns_at _ns_current _ns_is i word command before="" cur place=0 value=""
	COMPREPLY=()
	_ns_words
	cur=\${_ns_typed[_ns_current]}
	command=\${_ns_typed[1]}
	if ((_ns_current == 1)); then
		COMPREPLY=($(compgen -W "${topWords.map(([name]) => name).join(" ")} --help --version" -- "$cur"))
		return
	fi
	if [[ $command == help ]]; then
		COMPREPLY=($(compgen -W "${commandNames.join(" ")} --man" -- "$cur"))
		return
	fi
	_ns_options "$command"
	local options=$_ns_is
	for ((i = 2; i < _ns_current; i++)); do
		word=\${_ns_typed[i]}
		if [[ -n $value ]]; then value=""
		elif [[ $word == -- ]]; then
			_ns_operand "$command $place"
			if [[ $_ns_is == targets ]]; then continue; fi
			[[ $_ns_is == command ]] && _ns_command $((i + 1))
			return
		elif [[ $word == --*=* ]]; then :
		elif [[ $word == --* ]]; then _ns_value "$command $word"; value=$_ns_is
		elif [[ $word == -?* ]]; then _ns_value "$command -\${word: -1}"; value=$_ns_is
		else
			_ns_operand "$command $place"
			if [[ $_ns_is == command ]]; then _ns_command "$i"; return; fi
			((place++))
		fi
	done
	if [[ -n $value ]]; then _ns_fill "$value" "$cur"
	elif [[ $cur == --*=* ]]; then
		_ns_value "$command \${cur%%=*}="
		_ns_fill "$_ns_is" "\${cur#*=}"
		[[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("\${COMPREPLY[@]/#/\${cur%%=*}=}")
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
	else
		_ns_operand "$command $place"
		if [[ $_ns_is == command ]]; then _ns_command "$_ns_current"; else _ns_fill "$_ns_is" "$cur"; fi
	fi
	# bash puts what is chosen in place of what stands behind the last = or :.
	[[ $cur == --*=* && $COMP_WORDBREAKS == *=* ]] && cur=\${cur#*=}
	for word in : =; do
		[[ $COMP_WORDBREAKS == *$word* && $cur == *$word* ]] || continue
		word=\${cur%"\${cur##*$word}"}
		((\${#word} > \${#before})) && before=$word
	done
	[[ -n $before ]] || return 0
	for i in "\${!COMPREPLY[@]}"; do
		if [[ \${COMPREPLY[i]} == "$before" ]]; then unset "COMPREPLY[i]"; else COMPREPLY[i]=\${COMPREPLY[i]#"$before"}; fi
	done
}

complete -F _ns ns
`;
}

/** What a kind of candidates is called in the script. */
function kindOf(candidates: Candidates): string {
	if (candidates.are !== "words") return candidates.are;
	return `${candidates.separator ? "list" : "words"}:${candidates.words.join(" ")}`;
}

/** Both for the word behind an option and, with `=`, for a value in the same word. */
function valueRows(command: CommandName): string[] {
	return flagsOf(command).flatMap((flag) => {
		const { option } = flag;
		if (option.value === undefined || flag.flag.startsWith("--no-")) return [];
		const kind = kindOf(valuesOf(option));
		const patterns = [takesWord(flag) ? `"${command} ${flag.flag}"` : "", `"${command} ${flag.flag}="`];
		return [`\t\t${patterns.filter(Boolean).join(" | ")}) _ns_is="${kind}" ;;\n`];
	});
}

function operandRows(command: CommandName): string[] {
	const { first, others } = operandsOf(command);
	const rows = first.map((one, i) => `\t\t"${command} ${i}") _ns_is="${kindOf(one)}" ;;\n`);
	return others.are === "nothing" ? rows : [...rows, `\t\t"${command} "*) _ns_is="${kindOf(others)}" ;;\n`];
}
