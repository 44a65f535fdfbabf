/**
 * A host of plug-ins: scripts of other people in the preset for their code, which are asked and answer with lines of JSON
 * on standard input and output. One that is hostile is held, and each ends with the host.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untrusted } from "nskit";

const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
const good = `read -r line; echo '{"sum": '$(($(echo "$line" | tr -cd 0-9+)))'}'`;
const hostile = `tries() { (eval "$2") > /dev/null 2>&1 && echo '{"'$1'": "done"}' || echo '{"'$1'": "held"}'; }
tries read 'cat /etc/shadow || cat ${folder}/secret'
tries connect 'bash -c ": <> /dev/tcp/127.0.0.1/22"'
tries set-id 'cp /bin/true /tmp/x && chmod u+s /tmp/x'
tries fork 'i=0; while [ $i -lt 400 ]; do sleep 60 & i=$((i + 1)); done'
exec sleep 60`;

/** So many lines of answer to a question; no more than 64 KiB. */
async function ask(plugin: string, question: object, lines: number): Promise<unknown[]> {
	const profile = { pid: { max: 301 }, lifetime: { timeout: "20s", dieWithParent: true } };
	const child = await untrusted({ read: [plugin], profile }).spawn(["sh", plugin], { stdin: "pipe" });
	child.stdin.write(`${JSON.stringify(question)}\n`);
	let text = "";
	for await (const bytes of child.stdout) {
		text += new TextDecoder().decode(bytes);
		if (text.split("\n").length > lines || text.length > 65_536) break;
	}
	child.kill("SIGKILL");
	await child.exited;
	return text.split("\n", lines).map((line) => JSON.parse(line));
}
for (const [name, text] of Object.entries({ good, hostile, secret: "" })) writeFileSync(join(folder, name), text);
assert.deepEqual(await ask(join(folder, "good"), { add: "19+23" }, 1), [{ sum: 42 }]);
const answers = await ask(join(folder, "hostile"), {}, 4);
console.log(JSON.stringify(answers));
assert.deepEqual(answers, [{ read: "held" }, { connect: "held" }, { "set-id": "held" }, { fork: "held" }]);
rmSync(folder, { recursive: true });
