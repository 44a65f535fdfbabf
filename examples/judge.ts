/**
 * A judge: runs programs that strangers have sent, each with the same limits of time, files and memory, and says how they
 * ended.
 *
 * The preset for other people's code keeps them from everything else. What a program has started ends with it, and what the
 * supervisor tells on a descriptor cannot be forged from inside: an exit code of 143 is no time limit.
 */
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untrusted } from "nskit";

const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
function judge(script: string): string {
	const statusFd = openSync(join(folder, "status"), "w");
	const lifetime = { timeout: "3s", killAfter: "200ms", statusFd };
	const limits = { cpu: 5, fsize: 4096, as: 256 * 1024 ** 2, nofile: 32 };
	const box = untrusted({ profile: { lifetime, limits } });
	const { stdout } = box.spawnSync(["sh", "-c", script], { cwd: "/tmp", stderr: "ignore" });
	closeSync(statusFd);
	const end = JSON.parse(readFileSync(join(folder, "status"), "utf8").split("\n")[1] ?? "{}");
	if (end["timed-out"]) return "time limit";
	if (end.signal !== undefined) return `signal ${end.signal}`;
	return end["exit-code"] !== 0 ? `exit code ${end["exit-code"]}` : String(stdout).trim() === "42" ? "right" : "wrong";
}
const says = (script: string, verdict: string): void => {
	assert.equal(judge(script), verdict);
	console.log(`${script.padEnd(40)} ${verdict}`);
};
try {
	says("echo $((6 * 7))", "right");
	says("exit 143", "exit code 143");
	says("trap '' TERM; sleep 60 & wait", "time limit");
	says("exec head -c 5000 /dev/zero > file", "signal 25");
	says("cat /etc/shadow || echo 41", "wrong");
} finally {
	rmSync(folder, { recursive: true });
}
