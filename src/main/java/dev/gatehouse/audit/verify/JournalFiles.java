package dev.gatehouse.audit.verify;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The folders in which journals are, and what lies in them. Follows no links. */
final class JournalFiles {

  private static final Pattern JOURNAL = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern PART = Pattern.compile("([0-9]{8})\\.(segment|hashes)");

  /** What the gateway puts beside segments. */
  private static final Set<String> OWN = Set.of("lock", "closed");

  /** What a process leaves behind that died before a journal or a file of hashes was whole. */
  private static final Pattern UNFINISHED =
      Pattern.compile("([0-9a-f]{32}|[0-9]{8}\\.hashes)\\.new");

  private JournalFiles() {}

  /**
   * What is in the folder of a journal.
   *
   * @param segments the numbers of those of which something is there
   * @param strange the names of what does not belong there
   */
  record Contents(List<Long> segments, List<String> strange) {}

  /**
   * The folders of journals by their ids.
   *
   * @param strange takes the paths of what is no journal, and of a journal that is there twice
   */
  static Map<String, Path> journals(List<Path> roots, List<Path> strange) throws IOException {
    Map<String, Path> journals = new TreeMap<>();
    for (Path root : roots) {
      for (Path path : list(root)) {
        String name = path.getFileName().toString();
        if (UNFINISHED.matcher(name).matches()) {
          continue;
        }
        if (!JOURNAL.matcher(name).matches()
            || !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
            || journals.putIfAbsent(name, path) != null) {
          strange.add(path);
        }
      }
    }
    return journals;
  }

  static Contents contents(Path folder) throws IOException {
    TreeMap<Long, Boolean> segments = new TreeMap<>();
    List<String> strange = new ArrayList<>();
    for (Path path : list(folder)) {
      String name = path.getFileName().toString();
      Matcher part = PART.matcher(name);
      if (part.matches() && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        segments.put(Long.valueOf(part.group(1)), true);
      } else if (!OWN.contains(name) && !UNFINISHED.matcher(name).matches()) {
        strange.add(name);
      }
    }
    return new Contents(List.copyOf(segments.keySet()), strange);
  }

  /** The file of a segment, or null if it is not there. */
  static @Nullable Path segment(Path folder, long number) {
    return present(folder.resolve("%08d.segment".formatted(number)));
  }

  /** The file with the hashes of a segment, or null if it is not there. */
  static @Nullable Path hashes(Path folder, long number) {
    return present(folder.resolve("%08d.hashes".formatted(number)));
  }

  private static @Nullable Path present(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? file : null;
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(paths::add);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    paths.sort(null);
    return paths;
  }
}
