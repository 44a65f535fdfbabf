import { expect } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "../needs.ts";
import { archive } from "./cpio.ts";

needs("busybox")("an archive is unpacked by busybox to what was put in", () => {
	const folder = mkdtempSync(join(tmpdir(), "nskit-cpio-"));
	try {
		const files = [{ name: "bin" }, { name: "bin/five", content: "12345" }, { name: "empty", content: "" }];
		const run = Bun.spawnSync(["busybox", "cpio", "-i"], { cwd: folder, stdin: archive(files) });
		expect(run.stderr.toString()).toBe("1 blocks\n");
		expect(statSync(join(folder, "bin")).isDirectory()).toBe(true);
		expect(readFileSync(join(folder, "bin/five"), "utf8")).toBe("12345");
		expect(statSync(join(folder, "bin/five")).mode & 0o777).toBe(0o755);
		expect(readFileSync(join(folder, "empty"), "utf8")).toBe("");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
