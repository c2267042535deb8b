import { closeSync, mkdirSync, openSync, statSync, writeSync } from "fs";
import { type SFTPWrapper, utils } from "ssh2";

const { OPEN_MODE, STATUS_CODE } = utils.sftp;

/** Serves the file system of this machine over SFTP, as far as uploads need it. */
export function serveFiles(sftp: SFTPWrapper): void {
  /** Does one request; an error of the file system becomes its status. */
  const answer = (request: number, work: () => void) => {
    try {
      work();
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      sftp.status(request, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const done = (request: number) => sftp.status(request, STATUS_CODE.OK);
  const describe = (request: number, at: string) =>
    answer(request, () => {
      const { mode, uid, gid, size, atimeMs, mtimeMs } = statSync(at);
      sftp.attrs(request, { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 });
    });

  sftp.on("STAT", describe);
  sftp.on("LSTAT", describe);
  sftp.on("MKDIR", (request, at) =>
    answer(request, () => {
      mkdirSync(at);
      done(request);
    }),
  );
  sftp.on("OPEN", (request, at, flags) =>
    answer(request, () => {
      const descriptor = openSync(at, flags & OPEN_MODE.WRITE ? "w" : "r");
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(descriptor);
      sftp.handle(request, handle);
    }),
  );
  sftp.on("WRITE", (request, handle, offset, data) =>
    answer(request, () => {
      writeSync(handle.readUInt32BE(), data, 0, data.length, offset);
      done(request);
    }),
  );
  sftp.on("FSETSTAT", done);
  sftp.on("SETSTAT", done);
  sftp.on("CLOSE", (request, handle) =>
    answer(request, () => {
      closeSync(handle.readUInt32BE());
      done(request);
    }),
  );
}
