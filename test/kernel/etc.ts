/** Files of /etc that only a test sees: in a mount namespace of its own, where set-user-ID programs work as ever. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ns } from "./harness.ts";

/** Two users: `ann`, who is the user of the test, and `bob`. */
export const bob = { uid: 7777, gid: 7778 };

/** The lines for them, with these in the files of subordinate ids. */
export function accounts(ns: Ns, subuid: string, subgid = subuid): Record<string, string> {
	const { uid, gid } = ns.account;
	const ann = uid === 0 ? "" : `ann:x:${uid}:${gid}::/tmp:/bin/sh\n`;
	return {
		passwd: `root:x:0:0::/root:/bin/sh\n${ann}bob:x:${bob.uid}:${bob.gid}::/:/bin/sh\n`,
		group: `root:x:0:\n${gid === 0 ? "" : `ann:x:${gid}:\n`}team:x:${bob.gid}:\n`,
		subuid,
		subgid,
	};
}

/** The beginning of a command line that runs with these files in place of those in /etc, and with `also` done before. */
export function withEtc(ns: Ns, files: Readonly<Record<string, string>>, also = "true"): string[] {
	const folder = join(ns.folder, "etc");
	mkdirSync(folder, { recursive: true, mode: 0o755 });
	const steps: string[] = [];
	for (const [name, text] of Object.entries(files)) {
		writeFileSync(join(folder, name), text, { mode: 0o644 });
		steps.push(`mount --bind ${folder}/${name} /etc/${name}`);
	}
	return ["unshare", "--mount", "sh", "-c", `${[...steps, also].join(" && ")} && exec "$@"`, "sh"];
}
