/**
 * The tool call of an agent: a command that a model wrote works on a project, and nothing of it counts before somebody has
 * looked at the changes: an overlay whose layer is kept, in the preset for other people's code.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesText, commitLayer, diffLayer, discardLayer, untrusted } from "nskit";

const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
const [project, layer] = [join(folder, "project"), join(folder, "layer")];
/** What the command has printed, 64 KiB at most, after 10 seconds at most; what it has changed lies in the layer. */
async function toolCall(command: string): Promise<string> {
	const mounts = [{ type: "overlay", lower: [project], target: project, writes: { keep: layer } } as const];
	const box = untrusted({ profile: { mount: { mounts }, lifetime: { timeout: "10s" } } });
	const child = await box.spawn(["sh", "-c", `exec 2>&1; ${command}`], { cwd: project });
	let text = "";
	for await (const bytes of child.stdout) {
		text += new TextDecoder().decode(bytes.subarray(0, 65_536 - text.length));
		if (text.length >= 65_536) child.kill("SIGKILL");
	}
	return `${text}${(await child.exited) === 0 ? "" : "(failed)"}`;
}
try {
	mkdirSync(project);
	writeFileSync(join(project, "notes"), "one\n");
	assert.equal(await toolCall("echo two >> notes; cat notes"), "one\ntwo\n");
	console.log(changesText(diffLayer(layer)));
	assert.equal(readFileSync(join(project, "notes"), "utf8"), "one\n", "nothing has changed out here");
	commitLayer(layer);
	assert.equal(await toolCall("rm notes; bash -c ': 2>&- <> /dev/tcp/127.0.0.1/22'"), "(failed)");
	assert.equal(changesText(diffLayer(layer)), "D notes");
	discardLayer(layer);
	assert.equal(readFileSync(join(project, "notes"), "utf8"), "one\ntwo\n", "and that was not wanted");
	assert.equal((await toolCall("yes")).length, 65_536 + "(failed)".length, "no more than it may say");
	discardLayer(layer);
} finally {
	rmSync(folder, { recursive: true });
}
