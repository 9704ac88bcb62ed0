package dev.gatehouse.audit.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Removes what processes left behind that died before the folder of their journal had its name. For
 * one thread.
 *
 * <p>Such a folder holds nothing but its lock; one that holds more is none of these. It is touched
 * only when it was there a round ago too and nobody holds its lock, so that no process is disturbed
 * that is just beginning.
 */
final class Leftovers {

  /** How many are remembered from one round to the next. */
  private static final int SEEN_MAX = 1_000;

  private static final Logger LOG = Logger.getLogger(Leftovers.class);

  private final Path journals;
  private Set<Path> seen = Set.of();

  Leftovers(Path journals) {
    this.journals = journals;
  }

  /** Looks through the folder of the journals. */
  void run() throws IOException {
    Set<Path> found = new HashSet<>();
    try (DirectoryStream<Path> folders =
        Files.newDirectoryStream(journals, JournalFolder::unfinished)) {
      for (Path folder : folders) {
        if (seen.contains(folder)) {
          tryRemove(folder);
        }
        if (found.size() < SEEN_MAX) {
          found.add(folder);
        }
      }
    } catch (NoSuchFileException none) {
      LOG.debugf("%s is not there", journals);
    }
    seen = found;
  }

  private static void tryRemove(Path folder) {
    try {
      if (remove(folder)) {
        LOG.infof("%s was removed: its process died before it began its journal", folder);
      }
    } catch (IOException | OverlappingFileLockException failure) {
      LOG.debugf("%s cannot be removed: %s", folder, failure.toString());
    }
  }

  private static boolean remove(Path folder) throws IOException {
    Path lockFile = folder.resolve(JournalFolder.LOCK);
    List<Path> held = files(folder);
    if (held.isEmpty()) {
      Files.delete(folder);
      return true;
    }
    if (!held.equals(List.of(lockFile))
        || !Files.isRegularFile(lockFile, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      // Of another size it is no lock of ours.
      if (lock == null || channel.size() > 0) {
        return false;
      }
      Files.delete(lockFile);
      Files.delete(folder);
      return true;
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.limit(2).toList();
    }
  }
}
