/**
 * A build that writes wherever it likes, and changes nothing until somebody has looked: an overlay.
 *
 * What the build writes goes into a layer: one in memory, which is gone at the end, then one that is kept and applied.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesText, commitLayer, diffLayer, mount, pid, sandbox, user } from "nskit";

const folder = mkdtempSync(join(tmpdir(), "nskit-example-"));
const [project, layer] = [join(folder, "project"), join(folder, "layer")];
try {
	mkdirSync(project);
	writeFileSync(join(project, "version"), "1\n");
	writeFileSync(join(project, "old.o"), "");
	writeFileSync(join(project, "build.sh"), "mkdir out && cp version out && echo 2 > version && rm *.o; ls out");
	const build = (writes: "memory" | { keep: string }) => {
		const overlay = { type: "overlay", lower: [project], target: project, writes } as const;
		const box = sandbox(user(), pid(), mount({ mounts: [overlay] }));
		assert.equal(String(box.spawnSync(["sh", "build.sh"], { cwd: project }).stdout), "version\n");
		assert.deepEqual(readdirSync(project).toSorted(), ["build.sh", "old.o", "version"], "nothing has changed out here");
	};
	build("memory");
	build({ keep: layer });

	const changes = changesText(diffLayer(layer));
	console.log(changes);
	assert.equal(changes, "D old.o\nA out\nA out/version\nM version (content)");
	console.log(`applied: ${commitLayer(layer).changes.length} changes`);
	assert.equal(readFileSync(join(project, "out/version"), "utf8"), "1\n");
	assert.deepEqual(readdirSync(folder), ["project"], "the layer is gone: it has been applied");
} finally {
	rmSync(folder, { recursive: true });
}
