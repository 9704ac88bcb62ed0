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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder of one journal, and the names of what is in it.
 *
 * @param id the journal
 * @param path the folder
 */
public record JournalFolder(JournalId id, Path path) {

  /** The name of the file that the process which writes the journal holds locked. */
  static final String LOCK = "lock";

  /** What the name of a folder ends with until the journal in it is locked. */
  private static final String UNFINISHED = ".new";

  private static final Pattern PART = Pattern.compile("([0-9]{8})\\.(segment|hashes)");

  /**
   * A file that holds a segment, or what is left of it.
   *
   * @param number the number of the segment
   * @param file the file
   * @param hashesOnly whether only the hashes are left
   */
  public record Part(long number, Path file, boolean hashesOnly) {}

  /**
   * The journals in a folder of journals, by id; none if there is no such folder. What has another
   * name than a journal is left out.
   *
   * @throws IOException if the folder cannot be read
   */
  public static List<JournalFolder> in(Path journals) throws IOException {
    List<JournalFolder> found = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(journals)) {
      for (Path path : paths) {
        String name = path.getFileName().toString();
        if (JournalId.valid(name) && Files.isDirectory(path)) {
          found.add(new JournalFolder(new JournalId(name), path));
        }
      }
    } catch (NoSuchFileException none) {
      return List.of();
    }
    found.sort(Comparator.comparing(folder -> folder.id.value()));
    return found;
  }

  /** The folder in which a journal is begun, until it is locked and gets its name. */
  static JournalFolder unfinished(JournalId id, Path journals) {
    return new JournalFolder(id, journals.resolve(id + UNFINISHED));
  }

  /** Whether a path is such a folder, by its name. */
  static boolean unfinished(Path path) {
    String name = path.getFileName().toString();
    return name.endsWith(UNFINISHED)
        && JournalId.valid(name.substring(0, name.length() - UNFINISHED.length()))
        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * The files of its segments, by number. Where there is both a segment and its hashes, which is so
   * for a moment when a payload is deleted, it is the segment.
   *
   * @throws IOException if the folder cannot be read
   */
  public List<Part> parts() throws IOException {
    TreeMap<Long, Part> found = new TreeMap<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(path)) {
      for (Path file : paths) {
        Matcher name = PART.matcher(file.getFileName().toString());
        if (name.matches()) {
          Part part = new Part(Long.parseLong(name.group(1)), file, name.group(2).equals("hashes"));
          found.merge(part.number, part, (one, other) -> one.hashesOnly ? other : one);
        }
      }
    }
    return List.copyOf(found.values());
  }

  /** The file of a segment. */
  public Path segment(long number) {
    return path.resolve(name(number) + ".segment");
  }

  /** The file of the hashes of a segment whose payload was deleted. */
  public Path hashes(long number) {
    return path.resolve(name(number) + ".hashes");
  }

  /** The file that says that the control log holds all of the journal, and its end. */
  public Path closedMark() {
    return path.resolve("closed");
  }

  /** Whether the control log holds all of the journal, and its end. */
  public boolean closed() {
    return Files.exists(closedMark());
  }

  /** The file that the process which writes the journal holds locked. */
  Path lock() {
    return path.resolve(LOCK);
  }

  private static String name(long number) {
    return String.format(Locale.ROOT, "%08d", number);
  }

  /**
   * Whether the process that writes the journal is alive. Not to be asked by that process: asking
   * would free its lock.
   *
   * @throws IOException if the lock cannot be asked for
   */
  boolean ownerAlive() throws IOException {
    try (FileChannel channel = FileChannel.open(lock(), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (OverlappingFileLockException heldHere) {
      return true;
    } catch (NoSuchFileException none) {
      return false;
    }
  }
}
