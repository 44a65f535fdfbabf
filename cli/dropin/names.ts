/** Other tools whose place this program takes, by the names it is called by. */
export const toolNames = ["unshare", "nsenter", "lsns"] as const;

export type ToolName = (typeof toolNames)[number];
