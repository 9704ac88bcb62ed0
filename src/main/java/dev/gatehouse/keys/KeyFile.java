package dev.gatehouse.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/** The file in which a keyset lies: made once, then only read. */
final class KeyFile {

  /** The largest file that is read. */
  static final int FILE_BYTES_MAX = 64 << 10;

  /** What nobody but its owner may do; the group may read it, as Kubernetes has it (fsGroup). */
  private static final Set<PosixFilePermission> FORBIDDEN =
      EnumSet.of(
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private static final Set<PosixFilePermission> FOLDER_OF_OWNER =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;

  KeyFile(Path path) {
    this.path = path.toAbsolutePath();
  }

  boolean exists() {
    // Whatever is there, be it a link that leads nowhere, is not to be replaced.
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * What is in it.
   *
   * @throws KeyFileException if it cannot be read, or others could read it too
   */
  String read() {
    try {
      requirePrivate();
      if (Files.size(path) > FILE_BYTES_MAX) {
        throw problem("is larger than " + FILE_BYTES_MAX + " bytes: it is no keyset");
      }
      return Files.readString(path);
    } catch (IOException e) {
      throw problem("cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  private void requirePrivate() throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(path);
    } catch (UnsupportedOperationException e) {
      throw problem("lies in a file system that does not say who may read it");
    }
    Set<PosixFilePermission> tooMany = EnumSet.copyOf(FORBIDDEN);
    tooMany.retainAll(permissions);
    if (!tooMany.isEmpty()) {
      throw problem(
          "has mode "
              + PosixFilePermissions.toString(permissions)
              + ": others could read or change it. Set its mode to 0600 (chmod 600), or 0440 where"
              + " a group is needed, and replace its keys if others may have read them");
    }
  }

  /**
   * Makes the file with what {@code content} gives, for its owner alone and safe from a crash,
   * unless it is there already: of several that try at once, one makes it.
   *
   * @throws KeyFileException if it cannot be made
   */
  void create(Supplier<String> content) {
    Path folder = path.getParent();
    if (folder == null) {
      throw problem("is no file");
    }
    try {
      makeFolder(folder);
      Path whole =
          Files.createTempFile(
              folder, ".keys-", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      try {
        write(whole, content.get());
        // A link fails where a rename would replace what is there.
        Files.createLink(path, whole);
      } catch (FileAlreadyExistsException e) {
        return;
      } finally {
        Files.deleteIfExists(whole);
      }
      sync(folder);
    } catch (UnsupportedOperationException | FileSystemException e) {
      throw problem(
          "is not there and cannot be made ("
              + e.getClass().getSimpleName()
              + "): make the folder writable, or mount a keyset there");
    } catch (IOException e) {
      throw problem("cannot be written (" + e.getClass().getSimpleName() + ")");
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Path unused =
          Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(FOLDER_OF_OWNER));
    }
  }

  private static void write(Path file, String content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
      while (bytes.hasRemaining()) {
        int unused = channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** What is in the folder is on disk only once the folder is. */
  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  KeyFileException problem(String what) {
    return new KeyFileException("the keys file " + path + " " + what);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
