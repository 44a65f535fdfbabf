import { defineCommand } from "citty";
import { printable } from "../src/plan/text.ts";
import { importBubblewrap } from "../src/profile/import/bubblewrap.ts";
import { importNsjail } from "../src/profile/import/nsjail.ts";
import { importOci } from "../src/profile/import/oci.ts";
import { importSandboxRuntime } from "../src/profile/import/sandbox-runtime.ts";
import type { Imported, Surroundings } from "../src/profile/import/types.ts";
import type { Profile } from "../src/profile/types.ts";
import { wordsOf } from "./args.ts";
import { nearest, type ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { write } from "./output.ts";
import { folderOf, readSource, surroundings, writeNew, wrong } from "./sources.ts";
import { UsageError } from "./usage.ts";

/** Those that are files. */
const formats: Readonly<Record<string, (source: string, around: Surroundings) => Imported>> = {
	nsjail: importNsjail,
	oci: importOci,
	srt: importSandboxRuntime,
};

export default defineCommand({
	meta: { name: "import", description: commands.import.doc },
	args: cittyArgs("import"),
	run: ({ data }) => {
		const { given, rest, problems } = data as ReadArgv;
		const option = (name: string) => given.findLast((one) => one.name === name)?.value;
		const output = option("output");
		if (problems.length > 0) throw new UsageError(problems);
		const { profile, missing, problems: found } = imported(rest);
		if (found.length > 0) throw new UsageError(found);
		if (option("complete") && missing.length > 0) {
			throw new UsageError(missing.map(({ what, why }) => ({ code: "IMPORT_INCOMPLETE", message: what, hint: why })));
		}
		for (const { what, why } of missing) write(2, `ns: not in the profile: ${printable(what)}: ${printable(why)}\n`);
		const text = option("json") ? `${JSON.stringify({ profile, missing }, null, "\t")}\n` : profileText(profile);
		if (typeof output === "string") writeNew(output, text);
		else write(1, text);
	},
});

/** The profile as a file holds it. */
function profileText(profile: Profile): string {
	return `${JSON.stringify(profile, null, "\t")}\n`;
}

function imported([format, ...words]: readonly string[]): Imported {
	const usage = commands.import.usage;
	const around = surroundings();
	if (format === "bwrap") {
		const argv = words[0] === "--" ? words.slice(1) : words;
		if (argv.length === 0) throw wrong("WORDS_MISSING", "there is no command line of bwrap", usage);
		return importBubblewrap(argv, around, wordsOf);
	}
	const reader = format !== undefined && Object.hasOwn(formats, format) ? formats[format] : undefined;
	if (!reader) {
		const known = ["bwrap", ...Object.keys(formats)];
		const near = format === undefined ? undefined : nearest(format, known);
		const what = format === undefined ? "import needs a format" : `there is no format ${JSON.stringify(format)}`;
		throw wrong("FORMAT_UNKNOWN", what, near ? `did you mean ${near}?` : usage);
	}
	const [file, ...others] = words;
	if (file === undefined || file === "" || others.length > 0) {
		throw wrong("FILE_MISSING", `import ${format} takes one file`, usage);
	}
	// A bundle's paths are taken from where its configuration lies.
	const cwd = format === "oci" ? folderOf(file, around.cwd) : around.cwd;
	return reader(readSource(file), { ...around, cwd });
}
