/** Asking real shells what they complete. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bashScript } from "../../../cli/completion/bash.ts";
import { fishScript } from "../../../cli/completion/fish.ts";
import type { Shell } from "../../../cli/completion/model.ts";
import { zshScript } from "../../../cli/completion/zsh.ts";

/** Words as bash breaks them. */
const broken = (line: string): string[] => line.match(/[=:]+|[^\s=:]+/g) ?? [];

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bashDriver(script: string, line: string): string[] {
	const words = broken(line);
	if (/\s$/.test(line)) words.push("");
	const text = `source ${script}
COMP_WORDS=(${words.map(quoted).join(" ")}) COMP_CWORD=${words.length - 1} COMP_LINE=${quoted(line)} COMP_POINT=${line.length}
_ns 2>/dev/null
printf '%s\\n' "\${COMPREPLY[@]}"`;
	return ["bash", "--norc", "-c", text];
}

const fishDriver = (script: string, line: string): string[] => [
	"fish",
	"--no-config",
	"-c",
	`source ${script}; complete -C ${quoted(line)}`,
];

/** In a terminal of its own; what is offered is written where it is added. */
function zshDriver(script: string, line: string): string[] {
	const inner = `PROMPT=; autoload -Uz compinit; compinit -u -D; source ${script}
bindkey '^M' undefined; bindkey '^J' undefined; bindkey '^I' complete-word
edge() { echo -E - $'\\0' }
compprefuncs=(edge) comppostfuncs=(edge exit)
zstyle ':completion:*' insert-tab false
compadd() {
	if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
	local -a hits; local -A before; local hit
	builtin compadd -A hits "$@"
	zparseopts -E P:=before
	for hit in $hits; do echo -E - "$IPREFIX\${before[-P]}$hit"; done
}
echo ready`;
	const text = `zmodload zsh/zpty; zpty z zsh -f -i
zpty -w z ${quoted(`source ${script}.inner`)}; zpty -r z got $'*ready\\r*'
zpty -w -n z ${quoted(line)}$'\\t'
zpty -r z got $'*\\0*\\0*'; print -r -- "$got"`;
	writeFileSync(`${script}.inner`, inner);
	return ["zsh", "-f", "-c", text];
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
const drivers = { bash: bashDriver, zsh: zshDriver, fish: fishDriver };

/** What a shell offers for the end of a line, sorted; `names` is what `ns completion names` prints there. */
export function offered(shell: Shell, line: string, names: readonly string[] = []): string[] {
	const folder = mkdtempSync(join(tmpdir(), "nskit-completion-"));
	try {
		const script = join(folder, "script");
		writeFileSync(script, scripts[shell]());
		writeFileSync(join(folder, "ns"), `#!/bin/sh\nprintf '${names.map((name) => `${name}\\n`).join("")}'\n`, {
			mode: 0o755,
		});
		for (const name of ["some-file", "other"]) writeFileSync(join(folder, name), "");
		const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, LC_ALL: "C.UTF-8", TERM: "dumb" };
		const cwd = folder;
		const ended = Bun.spawnSync(drivers[shell](script, line), { env, cwd, timeout: 20_000 });
		const text = ended.stdout.toString();
		const found = shell === "zsh" ? (text.split("\0")[1] ?? "") : text;
		const lines = found.split(/\r?\n/).map((one) => one.split("\t")[0] ?? "");
		return [...new Set(lines.filter((one) => one.trim() !== ""))].toSorted();
	} finally {
		rmSync(folder, { recursive: true });
	}
}
