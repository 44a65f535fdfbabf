/** The archive that a kernel unpacks as its first root file system. cpio(5), "New ASCII Format" */

/** A file of the archive; one without a content is a folder. */
export interface ArchiveFile {
	/** Without a slash at the beginning. Its folders have to stand before it. */
	readonly name: string;
	readonly content?: Uint8Array | string;
}

const directory = 0o040755;
/** Everything may be executed: what is in there is run or read by root alone. */
const regular = 0o100755;

/** The archive with these files, all of root. */
export function archive(files: readonly ArchiveFile[]): Uint8Array {
	const parts = files.map(({ name, content }, index) => entry(name, content, index + 1));
	return Buffer.concat([...parts, entry("TRAILER!!!", undefined, 0)]);
}

function entry(name: string, content: Uint8Array | string | undefined, inode: number): Uint8Array {
	const data = Buffer.from(content ?? "");
	const title = Buffer.from(`${name}\0`);
	const mode = inode === 0 ? 0 : content === undefined ? directory : regular;
	const links = content === undefined ? 2 : 1;
	const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, title.length, 0];
	const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
	return Buffer.concat([padded(Buffer.concat([head, title])), padded(data)]);
}

/** With zeros up to a multiple of four bytes. */
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
