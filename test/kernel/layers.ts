/** Layers for the tests of `ns diff`, `ns commit` and `ns discard`: made by real overlays, as the user of the row. */
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inOverlay, type Kind, listing, type Place, placeIn } from "../overlay/overlays.ts";
import { checkout } from "./checkout.ts";
import type { Ended, Ns } from "./harness.ts";

/** Runs the shell as the user, which must go well. */
export async function script(ns: Ns, text: string): Promise<string> {
	const { code, stdout, stderr } = await ns.command(["sh", "-ec", text]);
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	return stdout;
}

/** Runs TypeScript that imports from "nskit", as the user. */
export function typeScript(ns: Ns, code: string): Promise<Ended> {
	return ns.command([checkout().bun, "-e", code], { cwd: checkout().project });
}

/** How overlays are mounted by this user. */
export const kindFor = ({ who }: Ns): Kind => (who === "root" ? "trusted" : "user");

/** What `folder` holds, as it is seen by the user's overlays. */
export async function shown(ns: Ns, folder: string): Promise<string> {
	const { code, stdout, stderr } = await ns.command(listing(kindFor(ns), folder));
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	return stdout;
}

/** A layer, and the merged tree as it was seen. */
export interface Layered extends Place {
	readonly seen: string;
}

/** Makes the lower directory by one script of the shell, and a layer of it by another. */
export async function layered(ns: Ns, before: string, changes: string): Promise<Layered> {
	const place = placeIn(ns.folder);
	await script(ns, `mkdir lower merged; cd lower; ${before}`);
	const words = [place.layer, place.lower, { userxattr: kindFor(ns) === "user" }].map((one) => JSON.stringify(one));
	const made = await typeScript(ns, `import { prepareLayer } from "nskit"; prepareLayer(${words.join(", ")});`);
	expect(made).toMatchObject({ code: 0, stderr: "" });
	const file = join(ns.folder, "changes.sh");
	writeFileSync(file, changes, { mode: 0o644 });
	const { code, stdout, stderr } = await ns.command(inOverlay(kindFor(ns), place, ["sh", "-e", file]));
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	return { ...place, seen: stdout };
}
