package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a document that is made from the code: what stands between two marker lines.
 *
 * <p>Tests compare it; with the system property {@code gatehouse.docs.write} they write it anew.
 */
public final class GeneratedPart {

  private static final String BEGIN = "<!-- generated from the code: begin -->";
  private static final String END = "<!-- generated from the code: end -->";
  private static final String WRITE = "gatehouse.docs.write";

  private GeneratedPart() {}

  /**
   * Checks that the document's generated part is {@code lines}, or makes it so.
   *
   * @param document the path of the document in the project
   * @throws AssertionError if it is not, with the first line that differs
   */
  public static void check(String document, List<String> lines) {
    Path file = Folders.project(document);
    try {
      List<String> text = Files.readAllLines(file);
      int begin = text.indexOf(BEGIN);
      int end = text.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new AssertionError(document + " has no generated part");
      }
      List<String> wanted = new ArrayList<>(List.of(""));
      wanted.addAll(lines);
      wanted.add("");
      List<String> present = text.subList(begin + 1, end);
      if (present.equals(wanted)) {
        return;
      }
      if (!Boolean.getBoolean(WRITE)) {
        throw new AssertionError(difference(document, present, wanted));
      }
      List<String> renewed = new ArrayList<>(text.subList(0, begin + 1));
      renewed.addAll(wanted);
      renewed.addAll(text.subList(end, text.size()));
      Files.write(file, renewed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String difference(String document, List<String> present, List<String> wanted) {
    int same = 0;
    while (same < Math.min(present.size(), wanted.size())
        && present.get(same).equals(wanted.get(same))) {
      same++;
    }
    return "%s differs from the code; run the test with -D%s=true%n  there: %s%n  code:  %s"
        .formatted(document, WRITE, line(present, same), line(wanted, same));
  }

  private static String line(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index) : "(nothing)";
  }
}
