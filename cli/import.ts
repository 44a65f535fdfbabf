import { defineCommand } from "citty";
import { fromBytes } from "../src/bytes.ts";
import { printable } from "../src/plan/text.ts";
import { importBubblewrap } from "../src/profile/import/bubblewrap.ts";
import { importNsjail } from "../src/profile/import/nsjail.ts";
import { importOci } from "../src/profile/import/oci.ts";
import { importSandboxRuntime } from "../src/profile/import/sandbox-runtime.ts";
import type { Imported, Surroundings } from "../src/profile/import/types.ts";
import type { Profile } from "../src/profile/types.ts";
import { saveProfile, textOf } from "../src/profile-files/save.ts";
import { wordsOf } from "./args.ts";
import { nearest, type ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { write } from "./output.ts";
import { folderOf, readSource, surroundings, wrong } from "./sources.ts";
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
		const around = surroundings();
		const { profile, missing, problems: found } = imported(rest, around);
		if (found.length > 0) throw new UsageError(found);
		if (option("complete") && missing.length > 0) {
			throw new UsageError(missing.map(({ what, why }) => ({ code: "IMPORT_INCOMPLETE", message: what, hint: why })));
		}
		for (const { what, why } of missing) write(2, `ns: not in the profile: ${printable(what)}: ${printable(why)}\n`);
		if (option("json")) write(1, `${JSON.stringify({ profile, missing }, null, "\t")}\n`);
		if (!option("json") || output !== undefined) save(profile, output, around.cwd);
	},
});

/** As TOML to standard output, or into a file. */
function save(profile: Profile, output: string | boolean | undefined, cwd: string): void {
	const toFile = typeof output === "string" && output !== "-";
	const made = toFile ? saveProfile(profile, output, cwd) : textOf(profile, "toml", "standard output", cwd);
	const problems = "problems" in made ? made.problems : "text" in made ? [] : made;
	if (problems.length > 0) throw new UsageError(problems);
	if ("text" in made) write(1, fromBytes(made.text));
}

function imported([format, ...words]: readonly string[], around: Surroundings): Imported {
	const usage = commands.import.usage;
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
