/**
 * An interactive program on a terminal of its own: an editor. Needs busybox-static.
 *
 * With `session: "pty"` the sandbox has another terminal than you, and a relay carries what is typed and shown. Here the
 * other side is a pipe, so that this file can be the person; at a terminal, size, Ctrl-Z and colours work as ever.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lifetime, mount, pid, sandbox, terminal, user } from "nskit";

const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
try {
	const text = join(folder, "text");
	writeFileSync(text, "first line\n");
	const files = mount({ mounts: [{ type: "bind", source: folder, target: "/mnt" }] });
	const box = sandbox(user(), pid(), files, terminal({ session: "pty" }), lifetime({ timeout: "30s" }));
	const line = ["sh", "-c", "tty; stty rows 24 cols 80; exec busybox vi /mnt/text"];
	const child = await box.spawn(line, { stdin: "pipe", stdout: "pipe" });
	const screen = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
	const type = async (keys: string, shows: string): Promise<string> => {
		child.stdin.write(keys);
		await child.stdin.flush();
		let seen = "";
		for (let more = true; more && !seen.includes(shows); ) {
			const { done, value = "" } = await screen.read();
			[seen, more] = [seen + value, !done];
		}
		return seen;
	};
	console.log(`the editor runs on ${(await type("", "first line")).split("\r\n")[0]}`);
	await type("osecond line", "second line");
	await type("\x1b", "- /mnt/text [Modified]");
	await type(":wq\r", "nothing: it ends");
	assert.equal(await child.exited, 0);
	assert.equal(readFileSync(text, "utf8"), "first line\nsecond line\n");
} finally {
	rmSync(folder, { recursive: true });
}
