/** Network namespaces that tests take for the caller's: what is made in them is none of the machine's. */
import { expect } from "bun:test";
import { type Ended, type Ns, quoted, type RunOptions } from "./harness.ts";

/** What every script begins with. */
const prelude = (program: string) => `
ns() { ${program} "$@"; }
# Runs a sandbox named $1 in the background that says when it runs, and ends when let go.
begin() { name=$1; shift; mkfifo $name.in; ${program} run "$@" sh -c "touch $name.up; cat" 3>&- <$name.in & eval "pid_$name=$!"; exec 3>>$name.in; hold $name; }
hold() { for i in $(seq 400); do [ -e $1.up ] && return; sleep 0.02; done; echo "$1 has not begun"; exit 1; }
end() { exec 3>&-; wait $1; }
murder() { kill -9 $1; wait $1 2>/dev/null || true; exec 3>&-; }
until_ok() { for i in $(seq 400); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; echo "not in time: $*"; exit 1; }
gone() { ! ip link show "$1" >/dev/null 2>&1; }
names() { ip -o link | sed 's/^[0-9]*: //; s/[:@].*//' | sort | tr '\\n' ' '; }
`;

/** Runs a script of the shell in a new network namespace, of which the user is root; `ns` is our command there. */
export function inHost(ns: Ns, script: string, options: RunOptions = {}): Promise<Ended> {
	const host = ns.who === "root" ? ["unshare", "-n"] : ["unshare", "-Urn"];
	const text = `${prelude(quoted(ns.program))}\n${script}`;
	return ns.command([...host, "bash", "--norc", "-c", text], options);
}

/** What such a script writes, when all goes well. */
export async function outputInHost(ns: Ns, script: string, options: RunOptions = {}): Promise<string> {
	const ended = await inHost(ns, `set -e\n${script}`, options);
	expect(ended).toMatchObject({ code: 0, stderr: "" });
	return ended.stdout;
}
