/**
 * The contract of the sandbox. A room says what a command may see, change and reach; an isolation is
 * one way in which this operating system can enforce it. Whoever builds a room knows nothing of
 * namespaces, and an isolation knows nothing of package managers.
 */

/**
 * All paths but the places of {@link links} and {@link shown} are absolute and hold no symbolic link.
 * What is not listed is not there. Of two that lie within each other the inner one decides.
 */
export interface Room {
  /** Trees and files that may be read and executed. */
  readonly readable: readonly string[];
  /** Trees that may also be changed. */
  readonly writable: readonly string[];
  /**
   * Within {@link writable}: may be read, never changed or made, whether it exists or not. Files that
   * start code later live here (git hooks, workflows, editor and agent configuration). One that is a
   * folder, or would be if it were there, ends in a slash: where something has to stand in its place,
   * a folder where a package manager looks for a file would be an error to it.
   */
  readonly guarded: readonly string[];
  /**
   * Place → target, as written there: symbolic links outside of every tree above by which the command
   * comes to them (`/bin` → `usr/bin`, a home folder on another disk, `~/.nvm/current`). An isolation
   * that shows the real file system has them anyway.
   */
  readonly links: Readonly<Record<string, string>>;
  /**
   * Place → file of ours whose content is to be seen there in its stead, read-only: configuration
   * without its credentials. The place may lie in {@link home}, where nothing is otherwise, or in a
   * tree above; only in home for an isolation without the layer "mounts".
   */
  readonly shown: Readonly<Record<string, string>>;
  /**
   * Shown empty and writable but for what is listed above; gone when the command has ended. An
   * isolation that cannot do that sets HOME to an empty folder of its own, with what is shown in it.
   */
  readonly home: string;
  readonly workingFolder: string;
  /** The whole environment of the command. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * TCP ports on 127.0.0.1, of the gate and the proxy, on which Veln listens. An isolation with a
   * network of its own relays them under the same numbers. Everything else on the network is denied.
   */
  readonly loopbackPorts: readonly number[];
  readonly limits: RoomLimits;
}

export interface RoomLimits {
  readonly processesMax: number;
  /** Of all processes together. */
  readonly memoryBytesMax: number;
  readonly fileBytesMax: number;
  /** By how much the file systems of the writable trees may fill. */
  readonly diskBytesMax: number;
  readonly timeoutMs: number | undefined;
}

/** What can be in force, one entry a kernel mechanism. A summary names them; none is lost in silence. */
export const LAYERS = [
  "mounts",
  "processes",
  "ipc",
  "network",
  "system-calls",
  "landlock-files",
  "landlock-network",
  "landlock-scopes",
  "seatbelt",
  "limits",
  "reports",
] as const;
export type Layer = (typeof LAYERS)[number];

/** One way to enforce a room, found to work on this machine by trying it. */
export interface Isolation {
  readonly name: "bubblewrap" | "landlock" | "sandbox-exec";
  readonly layers: readonly Layer[];
  /** @throws Failure when the room cannot be enforced after all; the command was not started then */
  enclose(room: Room, command: RoomCommand): Promise<Enclosure>;
}

export interface RoomCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** What to start instead of the command, with standard input, output and error as they are. */
export interface Enclosure {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Open descriptors that the started process inherits as 3, 4, … */
  readonly descriptors: readonly number[];
  /**
   * Ends what is left of the command, takes away what was laid out for it and tells what was denied.
   * To be called once the started process has ended, or to end it.
   */
  close(): Promise<RoomReport>;
}

export interface RoomReport {
  readonly denials: readonly Denial[];
  /** More than were kept. */
  readonly denialsDropped: number;
  /** Why the command was never started, when the room could not be made around it. */
  readonly notStarted: string | undefined;
  /** Guarded paths that were changed in spite of all and could not be put back as they were. */
  readonly altered: readonly string[];
}

export const DENIAL_KINDS = [
  "file-read",
  "file-write",
  "execute",
  "network",
  "unix-socket",
  "system-call",
  "limit",
] as const;
export type DenialKind = (typeof DENIAL_KINDS)[number];

/** Written in part by the sandboxed code: names and paths are printed through `printable` only. */
export interface Denial {
  readonly kind: DenialKind;
  /** A path, `host:port`, the name of a system call or of a limit. */
  readonly target: string;
  /** The package whose script did it, as `name@version`, where that could be told. */
  readonly by: string | undefined;
  /** Name of the program that asked. */
  readonly program: string;
  readonly times: number;
}

/** What this machine can do, each found by trying it; `veln doctor` prints it. */
export interface Capacity {
  /** In the order of preference; the first is used. */
  readonly isolations: readonly Isolation[];
  readonly lacks: readonly Lack[];
}

export interface Lack {
  /** What was tried. */
  readonly what: string;
  /** What came of it, in one sentence. */
  readonly why: string;
  /** What to install or switch on, in one sentence. */
  readonly remedy: string;
}
