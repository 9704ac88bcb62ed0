package dev.gatehouse.dashboards;

import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Locale;

/**
 * Where a link of a panel leads.
 *
 * @param file a path in the project, or empty if the link does not begin with the variable
 * @param part what follows the {@code #}, empty for the whole file
 */
record Document(String file, String part) {

  private static final String PUBLISHED = "${documents}/";

  static Document at(String url) {
    if (!url.startsWith(PUBLISHED)) {
      return new Document("", "");
    }
    String[] parts = url.substring(PUBLISHED.length()).split("#", 2);
    return new Document(parts[0], parts.length == 1 ? "" : parts[1]);
  }

  boolean isThere() {
    return !file.isEmpty() && Files.isRegularFile(Folders.project(file));
  }

  /** Whether the file has a heading that GitHub calls so; also true of no part. */
  boolean hasPart() {
    if (part.isEmpty()) {
      return true;
    }
    if (!isThere()) {
      return false;
    }
    try {
      return Files.readAllLines(Folders.project(file)).stream()
          .filter(line -> line.startsWith("#"))
          .anyMatch(line -> named(line).equals(part));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** In lower case, with hyphens for spaces and without what is neither letter nor digit. */
  private static String named(String heading) {
    return heading
        .replaceFirst("^#+ ", "")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
        .replace(' ', '-');
  }
}
